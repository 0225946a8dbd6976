/** S3 over HTTP: finds the action that a request means, gives it its input, and makes its output an answer. */
import { AwsError } from '../../../core/errors.ts';
import type { HttpRequest, HttpResponse } from '../../../core/http.ts';
import type { Invoke } from '../../../core/service.ts';
import { checkEmptyBody } from '../body.ts';
import { type SigningClock, takePresigned } from '../presigned.ts';
import { actionOf, addressOf } from './actionOf.ts';
import { ANSWERS, objectHeaders } from './answers.ts';
import { checkOwner, inputOf, refuseUnknownHeaders } from './inputOf.ts';

export async function answerRest(
  sent: HttpRequest,
  invoke: Invoke,
  { accountId, signing }: { readonly accountId: string; readonly signing: SigningClock },
): Promise<HttpResponse> {
  const address = addressOf(sent);
  const request = takePresigned(sent, signing);
  refuseUnknownHeaders(request);
  checkEmptyBody(request);
  checkOwner(request, accountId);
  const action = actionOf(request, address);
  const input = await inputOf(request, action, address);
  try {
    const output = await invoke(action, action === 'GetObject' ? { ...input, BodyAsFile: true } : input);
    return ANSWERS[action]?.(output, request) ?? { status: 200 };
  } catch (error) {
    // RFC 9110, 15.4.5: what an answer with the object would say of it.
    if (error instanceof AwsError && error.code === 'NotModified')
      return { status: error.status, headers: objectHeaders(error.fields) };
    throw error;
  }
}
