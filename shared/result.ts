/** The outcome of an operation that may be refused. A `Result` is flat, so it crosses RPC unchanged. Pure. */
export type Result<T, F> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: F }

/** A success. */
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })
/** A refusal. */
export const fail = <F>(error: F): { readonly ok: false; readonly error: F } => ({ ok: false, error })
