/** S3's REST-XML: its errors, which have no envelope of a service's own. */
import type { AwsError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { queryXml, XML_HEADER } from './xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses */
export function restXmlError(error: AwsError, requestId: string): HttpResponse {
  const headers = { 'x-amz-request-id': requestId };
  if (error.status === 304) return { status: 304, headers };
  return {
    status: error.status,
    headers: { ...headers, 'content-type': 'application/xml' },
    body:
      XML_HEADER +
      queryXml('Error', { Code: error.code, Message: error.message, ...error.fields, RequestId: requestId }),
  };
}
