/**
 * What S3's actions take. Whose buckets are meant, payers and the service's own encryption have no meaning here:
 * there is one account, and nothing is billed or encrypted.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
import {
  flag,
  type Inputs,
  integer,
  list,
  type Members,
  map,
  noEffect,
  oneOf,
  refused,
  required,
  structure,
  text,
  time,
  whole,
} from '../../core/inputs/declare.ts';
import { CHECKSUM_ALGORITHMS, OTHER_CHECKSUM_ALGORITHMS } from './checksums.ts';
import { DELIVERED_EVENTS, OTHER_EVENTS } from './notificationConfiguration.ts';

const MOST = 2_147_483_647;

/** Compared with the one account that there is. */
const owner: Members = { ExpectedBucketOwner: text() };
const bucket: Members = { Bucket: required(text()), ...owner };
const object: Members = { ...bucket, Key: required(text(1)) };
const upload: Members = { ...object, UploadId: required(text()) };
const payer: Members = { RequestPayer: noEffect() };

const checksumAlgorithm = oneOf(CHECKSUM_ALGORITHMS, OTHER_CHECKSUM_ALGORITHMS);
const checksumType = oneOf(['COMPOSITE', 'FULL_OBJECT']);
const checksums: Members = {
  ...Object.fromEntries(CHECKSUM_ALGORITHMS.map((name) => [`Checksum${name}`, text()])),
  ...Object.fromEntries(OTHER_CHECKSUM_ALGORITHMS.map((name) => [`Checksum${name}`, refused()])),
};
/** A document's digests. */
const document: Members = { ContentMD5: text(), ChecksumAlgorithm: checksumAlgorithm };

const cannedAcl = oneOf([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]);
const grants: Members = {
  GrantFullControl: refused(),
  GrantRead: refused(),
  GrantReadACP: refused(),
  GrantWriteACP: refused(),
};
const customerKey: Members = {
  SSECustomerAlgorithm: refused(),
  SSECustomerKey: refused(),
  SSECustomerKeyMD5: refused(),
};
const sourceCustomerKey: Members = {
  CopySourceSSECustomerAlgorithm: refused(),
  CopySourceSSECustomerKey: refused(),
  CopySourceSSECustomerKeyMD5: refused(),
};
const locks: Members = {
  ObjectLockMode: refused(),
  ObjectLockRetainUntilDate: refused(),
  ObjectLockLegalHoldStatus: refused(),
  ObjectLockEventHold: refused(),
  ObjectLockEventHoldDurationDays: refused(integer()),
  ObjectLockEventHoldDurationYears: refused(integer()),
};
const storageClass = oneOf(
  ['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'],
  [
    'GLACIER',
    'DEEP_ARCHIVE',
    'OUTPOSTS',
    'SNOW',
    'EXPRESS_ONEZONE',
    'FSX_OPENZFS',
    'FSX_ONTAP',
    'AWS_BACKUP_WARM',
    'AWS_BACKUP_LOW_COST_WARM',
  ],
);
/** Classes that objects can be read from at once; the others would need RestoreObject. */
const transitionClass = oneOf(
  ['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'],
  ['GLACIER', 'DEEP_ARCHIVE'],
);

/** What is said of an object that is made. */
const made: Members = {
  ACL: cannedAcl,
  CacheControl: text(),
  ContentDisposition: text(),
  ContentEncoding: text(),
  ContentLanguage: text(),
  ContentType: text(),
  Expires: time(),
  Metadata: map(text()),
  StorageClass: storageClass,
  Tagging: text(),
  ServerSideEncryption: noEffect(),
  SSEKMSKeyId: noEffect(),
  BucketKeyEnabled: noEffect(flag()),
  SSEKMSEncryptionContext: refused(),
  WebsiteRedirectLocation: refused(),
  ...grants,
  ...customerKey,
  ...locks,
  ...payer,
};

const writeConditions: Members = { IfMatch: text(), IfNoneMatch: text() };
const sourceConditions: Members = {
  CopySource: required(text()),
  CopySourceIfMatch: text(),
  CopySourceIfModifiedSince: time(),
  CopySourceIfNoneMatch: text(),
  CopySourceIfUnmodifiedSince: time(),
  ExpectedSourceBucketOwner: text(),
};

const read: Members = {
  ...object,
  IfMatch: text(),
  IfModifiedSince: time(),
  IfNoneMatch: text(),
  IfUnmodifiedSince: time(),
  Range: text(),
  ResponseCacheControl: text(),
  ResponseContentDisposition: text(),
  ResponseContentEncoding: text(),
  ResponseContentLanguage: text(),
  ResponseContentType: text(),
  ResponseExpires: time(),
  VersionId: text(),
  PartNumber: refused(integer()),
  ChecksumMode: oneOf(['ENABLED']),
  ...customerKey,
  ...payer,
};

const bytes: Members = {
  Body: whole(),
  ContentLength: integer(),
  ContentMD5: text(),
  ChecksumAlgorithm: checksumAlgorithm,
  ...checksums,
};

const listing: Members = {
  ...bucket,
  Prefix: text(),
  Delimiter: text(),
  EncodingType: oneOf(['url']),
  ...payer,
};
/** `OptionalObjectAttributes` asks how far the restore of archived objects is, of which there are none. */
const keyListing: Members = {
  ...listing,
  MaxKeys: integer(0, MOST),
  OptionalObjectAttributes: noEffect(),
};

const tag = structure({ Key: required(text(1)), Value: required(text()) });
const tagging = structure({ TagSet: required(list(tag)) });

const sizes: Members = { ObjectSizeGreaterThan: integer(), ObjectSizeLessThan: integer() };
const lifecycleRule = structure({
  ID: text(),
  Prefix: text(),
  Filter: structure({
    Prefix: text(),
    Tag: tag,
    ...sizes,
    And: structure({ Prefix: text(), Tags: list(tag), ...sizes }),
  }),
  Status: required(oneOf(['Enabled', 'Disabled'])),
  Expiration: structure({ Date: time(), Days: integer(), ExpiredObjectDeleteMarker: flag() }),
  Transitions: list(structure({ Date: time(), Days: integer(), StorageClass: transitionClass })),
  NoncurrentVersionTransitions: refused(),
  NoncurrentVersionExpiration: structure({ NoncurrentDays: integer(), NewerNoncurrentVersions: integer() }),
  AbortIncompleteMultipartUpload: structure({ DaysAfterInitiation: integer() }),
});

const destination: Members = {
  Id: text(),
  Events: required(list(oneOf(DELIVERED_EVENTS, OTHER_EVENTS))),
  Filter: structure({
    Key: structure({
      FilterRules: list(structure({ Name: oneOf(['prefix', 'suffix', 'Prefix', 'Suffix']), Value: text() })),
    }),
  }),
};

/** Every region but the first, which has no constraint, and a name of old for the second. */
const locationConstraint = oneOf([
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-central-1',
  'ca-west-1',
  'cn-north-1',
  'cn-northwest-1',
  'EU',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
  'sa-east-1',
  'us-east-2',
  'us-gov-east-1',
  'us-gov-west-1',
  'us-west-1',
  'us-west-2',
]);

export const inputs: Inputs = {
  AbortMultipartUpload: { ...upload, ...payer, IfMatchInitiatedTime: refused() },
  CompleteMultipartUpload: {
    ...upload,
    ...payer,
    ...checksums,
    ...writeConditions,
    ...customerKey,
    ChecksumType: checksumType,
    MpuObjectSize: integer(),
    MultipartUpload: structure({
      Parts: list(structure({ PartNumber: integer(), ETag: text(), ...checksums })),
    }),
  },
  CopyObject: {
    ...object,
    ...made,
    ...writeConditions,
    ...sourceConditions,
    ...sourceCustomerKey,
    ChecksumAlgorithm: checksumAlgorithm,
    MetadataDirective: oneOf(['COPY', 'REPLACE']),
    TaggingDirective: oneOf(['COPY', 'REPLACE']),
    AnnotationDirective: noEffect(),
  },
  CreateBucket: {
    Bucket: required(text()),
    ACL: cannedAcl,
    ...grants,
    GrantWrite: refused(),
    CreateBucketConfiguration: structure({
      LocationConstraint: locationConstraint,
      Location: refused(),
      Bucket: refused(),
      Tags: list(tag),
    }),
    ObjectLockEnabledForBucket: refused(flag()),
    ObjectOwnership: oneOf(['BucketOwnerEnforced'], ['BucketOwnerPreferred', 'ObjectWriter']),
    BucketNamespace: oneOf(['global'], ['account-regional']),
  },
  CreateMultipartUpload: {
    ...object,
    ...made,
    ChecksumAlgorithm: checksumAlgorithm,
    ChecksumType: checksumType,
  },
  DeleteBucket: bucket,
  DeleteBucketLifecycle: bucket,
  DeleteBucketPolicy: bucket,
  DeleteObject: {
    ...object,
    ...payer,
    VersionId: text(),
    MFA: refused(),
    BypassGovernanceRetention: refused(flag()),
    IfMatch: text(),
    IfMatchLastModifiedTime: refused(),
    IfMatchSize: refused(integer()),
  },
  DeleteObjectTagging: { ...object, VersionId: text() },
  DeleteObjects: {
    ...bucket,
    ...payer,
    Delete: required(
      structure({
        Objects: required(
          list(
            structure({
              Key: required(text(1)),
              VersionId: text(),
              ETag: text(),
              LastModifiedTime: refused(),
              Size: refused(integer()),
            }),
            1,
            1000,
          ),
        ),
        Quiet: flag(),
      }),
    ),
    MFA: refused(),
    BypassGovernanceRetention: refused(flag()),
    ChecksumAlgorithm: checksumAlgorithm,
  },
  GetBucketLifecycleConfiguration: bucket,
  GetBucketLocation: bucket,
  GetBucketNotificationConfiguration: bucket,
  GetBucketPolicy: bucket,
  GetBucketTagging: bucket,
  GetBucketVersioning: bucket,
  GetObject: read,
  GetObjectTagging: { ...object, ...payer, VersionId: text() },
  HeadBucket: bucket,
  HeadObject: read,
  ListBuckets: {
    MaxBuckets: integer(1, 10_000),
    ContinuationToken: text(),
    Prefix: text(),
    BucketRegion: text(),
  },
  ListMultipartUploads: {
    ...listing,
    KeyMarker: text(),
    UploadIdMarker: text(),
    MaxUploads: integer(0, MOST),
  },
  ListObjectVersions: { ...keyListing, KeyMarker: text(), VersionIdMarker: text() },
  ListObjects: { ...keyListing, Marker: text() },
  ListObjectsV2: { ...keyListing, ContinuationToken: text(), FetchOwner: flag(), StartAfter: text() },
  ListParts: {
    ...upload,
    ...payer,
    ...customerKey,
    MaxParts: integer(0, MOST),
    PartNumberMarker: text(),
  },
  PutBucketLifecycleConfiguration: {
    ...bucket,
    ChecksumAlgorithm: checksumAlgorithm,
    LifecycleConfiguration: structure({ Rules: required(list(lifecycleRule, 1)) }),
    TransitionDefaultMinimumObjectSize: oneOf(['varies_by_storage_class', 'all_storage_classes_128K']),
  },
  PutBucketNotificationConfiguration: {
    ...bucket,
    NotificationConfiguration: required(
      structure({
        TopicConfigurations: list(structure({ ...destination, TopicArn: required(text()) })),
        QueueConfigurations: list(structure({ ...destination, QueueArn: required(text()) })),
        LambdaFunctionConfigurations: list(
          structure({ ...destination, LambdaFunctionArn: required(text()) }),
        ),
        EventBridgeConfiguration: structure({}),
      }),
    ),
    SkipDestinationValidation: flag(),
  },
  PutBucketPolicy: {
    ...bucket,
    ...document,
    ConfirmRemoveSelfBucketAccess: noEffect(flag()),
    Policy: required(text()),
  },
  PutBucketTagging: { ...bucket, ...document, Tagging: required(tagging) },
  PutBucketVersioning: {
    ...bucket,
    ...document,
    MFA: refused(),
    VersioningConfiguration: required(
      structure({
        MFADelete: oneOf(['Disabled'], ['Enabled']),
        Status: oneOf(['Enabled', 'Suspended']),
      }),
    ),
  },
  PutObject: { ...object, ...made, ...bytes, ...writeConditions, WriteOffsetBytes: refused(integer()) },
  PutObjectTagging: { ...object, ...document, ...payer, VersionId: text(), Tagging: required(tagging) },
  UploadPart: { ...upload, ...bytes, ...payer, ...customerKey, PartNumber: required(integer(1, 10_000)) },
  UploadPartCopy: {
    ...upload,
    ...payer,
    ...sourceConditions,
    ...customerKey,
    ...sourceCustomerKey,
    CopySourceRange: text(),
    PartNumber: required(integer(1, 10_000)),
  },
};
