/**
 * What API Gateway's actions take.
 * https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/resources.html
 */
import { type Inputs, required, text } from '../../core/inputs/declare.ts';

export const inputs: Inputs = {
  GetApi: { ApiId: required(text()) },
  GetApis: { MaxResults: text(), NextToken: text() },
  GetIntegrations: { ApiId: required(text()), MaxResults: text(), NextToken: text() },
  GetRoutes: { ApiId: required(text()), MaxResults: text(), NextToken: text() },
  GetStages: { ApiId: required(text()), MaxResults: text(), NextToken: text() },
};
