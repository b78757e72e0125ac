/** Why a question about relationships has no answer. Pure. Both drivers use OpenFGA's names and numbers, so they refuse alike. */

/** OpenFGA's error codes, as in its HTTP API and its conformance data. */
export const openFgaCodes = {
  validation_error: 2000,
  authorization_model_resolution_too_complex: 2002,
  cannot_allow_duplicate_tuples_in_one_request: 2004,
  invalid_write_input: 2003,
  invalid_continuation_token: 2007,
  type_not_found: 2021,
  relation_not_found: 2022,
  invalid_tuple: 2027,
  write_failed_due_to_invalid_input: 2017,
  invalid_authorization_model: 2056,
} as const

/** Refusals of the platform's own, for which OpenFGA has no name. */
export const platformCodes = ['too_many_tuples', 'no_such_group'] as const

/**
 * `code` is OpenFGA's name, or one of the platform's. Only the remote driver gives `unavailable`. Every failure denies. `detail` may
 * repeat the caller's input, never stored data.
 */
export interface RelationsFailure {
  readonly code: keyof typeof openFgaCodes | (typeof platformCodes)[number] | 'unavailable'
  readonly detail: string
}

/** Why a model is refused. `line` and `column` count from 1, and are present for a model in the DSL. */
export interface ModelFailure {
  readonly detail: string
  readonly line?: number
  readonly column?: number
}
