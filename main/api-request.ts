import { type Result, err, ok } from '../core/base/index.ts';
import { type ApiError, type ApiParsed, type ApiVerb, apiError, apiVerbs } from '../core/api/index.ts';

const issuesMax = 3;

/** A request as the contract wants it, or what is wrong with it. */
export function parseApiRequest<V extends ApiVerb>(verb: V, value: unknown): Result<ApiParsed<V>, ApiError> {
  const parsed = apiVerbs[verb].request.safeParse(value);
  if (parsed.success) return ok(parsed.data as ApiParsed<V>);
  const issues = parsed.error.issues
    .slice(0, issuesMax)
    .map((issue) => `${issue.path.map(String).join('.') || 'request'}: ${issue.message}`);
  return err(apiError('bad-request', `The request ${verb} is not valid. ${issues.join('; ')}.`));
}
