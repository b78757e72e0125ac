/** Errors of the Agent2Agent protocol over JSON-RPC. Pure. */
import type { RpcCall } from '../../../../shared/api/a2a.ts'

/** The codes of JSON-RPC 2.0 §5.1 and of A2A 1.0 §9.5. */
const codes = {
  parse: -32_700,
  invalid_request: -32_600,
  unknown_method: -32_601,
  invalid_params: -32_602,
  internal: -32_603,
  task_not_found: -32_001,
  not_cancelable: -32_002,
  no_push: -32_003,
  unsupported: -32_004,
  content_type: -32_005,
  version: -32_009,
} as const
export type RpcErrorKind = keyof typeof codes

/** A refusal in the protocol's words. */
export interface RpcError {
  readonly kind: RpcErrorKind
  readonly message: string
}

export type RpcId = RpcCall['id']

/** The response to a call that is refused. */
export const errorResponse = (id: RpcId, { kind, message }: RpcError) => ({ jsonrpc: '2.0', id, error: { code: codes[kind], message } })

/** The response to a call. */
export const resultResponse = (id: RpcId, result: object) => ({ jsonrpc: '2.0', id, result })

/** Methods of the protocol that the face refuses, with the reason. */
export const refusedMethods: Readonly<Record<string, RpcError>> = {
  ListTasks: { kind: 'unsupported', message: 'Tasks are not listed. Read the history of a context at /v1/sessions/CONTEXT/history.' },
  ...Object.fromEntries(
    ['Create', 'Get', 'List', 'Delete'].map((verb) => [
      `${verb}TaskPushNotificationConfig${verb === 'List' ? 's' : ''}`,
      { kind: 'no_push' as const, message: 'Push notifications are not supported. Subscribe to the task.' },
    ]),
  ),
}
