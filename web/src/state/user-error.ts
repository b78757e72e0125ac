/** Errors as texts that tell the user what to do. */
import { ApiError, Unreachable } from '../../../shared/client/errors.ts'

export interface UserError {
  readonly title: string
  readonly detail: string
  /** The request id, for a search in the logs; empty when the server was not reached. */
  readonly reference: string
  /** The server's words with the names of actions, for administrators. */
  readonly technical?: string
}

/** A refusal in words for its user. The policy's own reason stays; the name of an action does not. */
const denial = (detail: string, reasons: readonly string[] = []): string =>
  reasons.join() === 'not_permitted'
    ? 'You do not have permission for this. Ask the owner, or an administrator of the workspace.'
    : detail.replace(/ `[^`]+`/, ' this')

export function toUserError(error: unknown): UserError {
  if (error instanceof ApiError) {
    const { type, title, detail, reasons, request_id: reference, errors } = error.problem
    if (type === '/problems/denied') return { title, detail: denial(detail, reasons), reference: reference ?? '', technical: detail }
    const fields = errors?.map((field) => `${field.pointer}: ${field.detail}`).join('; ')
    return { title, detail: fields ? `${detail} (${fields})` : detail, reference: reference ?? '' }
  }
  if (error instanceof Unreachable) {
    return { title: 'Can’t reach Soma', detail: 'Check your connection. Nothing you wrote is lost.', reference: '' }
  }
  return { title: 'Something went wrong on this page', detail: 'Reload the page. Your messages are safe on the server.', reference: '' }
}

export const isStatus = (error: unknown, status: number): boolean => error instanceof ApiError && error.status === status
