/** Errors as texts that tell the user what to do. */
import { ApiError, Unreachable } from '../../../shared/client/errors.ts'

export interface UserError {
  readonly title: string
  readonly detail: string
  /** The request id, for a search in the logs; empty when the server was not reached. */
  readonly reference: string
}

export function toUserError(error: unknown): UserError {
  if (error instanceof ApiError) {
    const { title, detail, request_id: reference, errors } = error.problem
    const fields = errors?.map((field) => `${field.pointer}: ${field.detail}`).join('; ')
    return { title, detail: fields ? `${detail} (${fields})` : detail, reference: reference ?? '' }
  }
  if (error instanceof Unreachable) {
    return { title: 'Can’t reach Soma', detail: 'Check your connection. Nothing you wrote is lost.', reference: '' }
  }
  return { title: 'Something went wrong on this page', detail: 'Reload the page. Your messages are safe on the server.', reference: '' }
}

export const isStatus = (error: unknown, status: number): boolean => error instanceof ApiError && error.status === status
