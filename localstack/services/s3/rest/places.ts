/** Where a request of S3 has the members of its action's input; those that are named in no place here are in the path. */

const HEADERS: Readonly<Record<string, string>> = {
  ACL: 'x-amz-acl',
  AnnotationDirective: 'x-amz-object-annotation-directive',
  BucketKeyEnabled: 'x-amz-server-side-encryption-bucket-key-enabled',
  BucketNamespace: 'x-amz-bucket-namespace',
  BypassGovernanceRetention: 'x-amz-bypass-governance-retention',
  CacheControl: 'cache-control',
  ChecksumAlgorithm: 'x-amz-sdk-checksum-algorithm',
  ChecksumCRC32: 'x-amz-checksum-crc32',
  ChecksumCRC32C: 'x-amz-checksum-crc32c',
  ChecksumCRC64NVME: 'x-amz-checksum-crc64nvme',
  ChecksumMD5: 'x-amz-checksum-md5',
  ChecksumMode: 'x-amz-checksum-mode',
  ChecksumSHA1: 'x-amz-checksum-sha1',
  ChecksumSHA256: 'x-amz-checksum-sha256',
  ChecksumSHA512: 'x-amz-checksum-sha512',
  ChecksumType: 'x-amz-checksum-type',
  ChecksumXXHASH128: 'x-amz-checksum-xxhash128',
  ChecksumXXHASH3: 'x-amz-checksum-xxhash3',
  ChecksumXXHASH64: 'x-amz-checksum-xxhash64',
  ConfirmRemoveSelfBucketAccess: 'x-amz-confirm-remove-self-bucket-access',
  ContentDisposition: 'content-disposition',
  ContentEncoding: 'content-encoding',
  ContentLanguage: 'content-language',
  ContentLength: 'content-length',
  ContentMD5: 'content-md5',
  ContentType: 'content-type',
  CopySource: 'x-amz-copy-source',
  CopySourceIfMatch: 'x-amz-copy-source-if-match',
  CopySourceIfModifiedSince: 'x-amz-copy-source-if-modified-since',
  CopySourceIfNoneMatch: 'x-amz-copy-source-if-none-match',
  CopySourceIfUnmodifiedSince: 'x-amz-copy-source-if-unmodified-since',
  CopySourceRange: 'x-amz-copy-source-range',
  CopySourceSSECustomerAlgorithm: 'x-amz-copy-source-server-side-encryption-customer-algorithm',
  CopySourceSSECustomerKey: 'x-amz-copy-source-server-side-encryption-customer-key',
  CopySourceSSECustomerKeyMD5: 'x-amz-copy-source-server-side-encryption-customer-key-md5',
  ExpectedBucketOwner: 'x-amz-expected-bucket-owner',
  ExpectedSourceBucketOwner: 'x-amz-source-expected-bucket-owner',
  Expires: 'expires',
  GrantFullControl: 'x-amz-grant-full-control',
  GrantRead: 'x-amz-grant-read',
  GrantReadACP: 'x-amz-grant-read-acp',
  GrantWrite: 'x-amz-grant-write',
  GrantWriteACP: 'x-amz-grant-write-acp',
  IfMatch: 'if-match',
  IfMatchInitiatedTime: 'x-amz-if-match-initiated-time',
  IfMatchLastModifiedTime: 'x-amz-if-match-last-modified-time',
  IfMatchSize: 'x-amz-if-match-size',
  IfModifiedSince: 'if-modified-since',
  IfNoneMatch: 'if-none-match',
  IfUnmodifiedSince: 'if-unmodified-since',
  MFA: 'x-amz-mfa',
  MetadataDirective: 'x-amz-metadata-directive',
  MpuObjectSize: 'x-amz-mp-object-size',
  ObjectLockEnabledForBucket: 'x-amz-bucket-object-lock-enabled',
  ObjectLockEventHold: 'x-amz-object-lock-event-hold',
  ObjectLockEventHoldDurationDays: 'x-amz-object-lock-event-hold-duration-days',
  ObjectLockEventHoldDurationYears: 'x-amz-object-lock-event-hold-duration-years',
  ObjectLockLegalHoldStatus: 'x-amz-object-lock-legal-hold',
  ObjectLockMode: 'x-amz-object-lock-mode',
  ObjectLockRetainUntilDate: 'x-amz-object-lock-retain-until-date',
  ObjectOwnership: 'x-amz-object-ownership',
  OptionalObjectAttributes: 'x-amz-optional-object-attributes',
  Range: 'range',
  RequestPayer: 'x-amz-request-payer',
  SSECustomerAlgorithm: 'x-amz-server-side-encryption-customer-algorithm',
  SSECustomerKey: 'x-amz-server-side-encryption-customer-key',
  SSECustomerKeyMD5: 'x-amz-server-side-encryption-customer-key-md5',
  SSEKMSEncryptionContext: 'x-amz-server-side-encryption-context',
  SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  ServerSideEncryption: 'x-amz-server-side-encryption',
  SkipDestinationValidation: 'x-amz-skip-destination-validation',
  StorageClass: 'x-amz-storage-class',
  Tagging: 'x-amz-tagging',
  TaggingDirective: 'x-amz-tagging-directive',
  TransitionDefaultMinimumObjectSize: 'x-amz-transition-default-minimum-object-size',
  WebsiteRedirectLocation: 'x-amz-website-redirect-location',
  WriteOffsetBytes: 'x-amz-write-offset-bytes',
};

/** Actions that choose the checksum of an object without giving one. */
const CHOOSING_CHECKSUM = ['CopyObject', 'CreateMultipartUpload'];

const PARAMETERS: Readonly<Record<string, string>> = {
  BucketRegion: 'bucket-region',
  ContinuationToken: 'continuation-token',
  Delimiter: 'delimiter',
  EncodingType: 'encoding-type',
  FetchOwner: 'fetch-owner',
  KeyMarker: 'key-marker',
  Marker: 'marker',
  MaxBuckets: 'max-buckets',
  MaxKeys: 'max-keys',
  MaxParts: 'max-parts',
  MaxUploads: 'max-uploads',
  PartNumber: 'partNumber',
  PartNumberMarker: 'part-number-marker',
  Prefix: 'prefix',
  ResponseCacheControl: 'response-cache-control',
  ResponseContentDisposition: 'response-content-disposition',
  ResponseContentEncoding: 'response-content-encoding',
  ResponseContentLanguage: 'response-content-language',
  ResponseContentType: 'response-content-type',
  ResponseExpires: 'response-expires',
  StartAfter: 'start-after',
  UploadId: 'uploadId',
  UploadIdMarker: 'upload-id-marker',
  VersionId: 'versionId',
  VersionIdMarker: 'version-id-marker',
};

/** The member that is the body: bytes, a text, or an XML document. */
export const PAYLOADS: Readonly<Record<string, string>> = {
  CompleteMultipartUpload: 'MultipartUpload',
  CreateBucket: 'CreateBucketConfiguration',
  DeleteObjects: 'Delete',
  PutBucketLifecycleConfiguration: 'LifecycleConfiguration',
  PutBucketNotificationConfiguration: 'NotificationConfiguration',
  PutBucketPolicy: 'Policy',
  PutBucketTagging: 'Tagging',
  PutBucketVersioning: 'VersioningConfiguration',
  PutObject: 'Body',
  PutObjectTagging: 'Tagging',
  UploadPart: 'Body',
};

/** The header, in lower case, or the query parameter of a member; undefined for one in the path or the body. */
export function placeOf(
  action: string,
  member: string,
): { header: string } | { parameter: string } | undefined {
  if (PAYLOADS[action] === member) return undefined;
  const parameter = PARAMETERS[member];
  if (parameter !== undefined) return { parameter };
  if (member === 'ChecksumAlgorithm' && CHOOSING_CHECKSUM.includes(action))
    return { header: 'x-amz-checksum-algorithm' };
  const header = HEADERS[member];
  return header === undefined ? undefined : { header };
}

/** Every parameter that carries a member: none of them chooses an action. */
export const PLAIN_PARAMETERS: ReadonlySet<string> = new Set([
  ...Object.values(PARAMETERS),
  'list-type',
  'x-id',
]);

/** Every header that carries a member of some action; where the action does not have it, AWS ignores it. */
export const MEMBER_HEADERS: ReadonlySet<string> = new Set([
  ...Object.values(HEADERS),
  'x-amz-checksum-algorithm',
]);
