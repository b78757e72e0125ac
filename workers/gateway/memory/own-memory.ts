/** The caller's own memory object. */
import { memoryObjectName, userNamespace } from '../../../shared/ids.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'

/** Calls the caller's memory object. No request can name another user's. Fails with `unavailable` while it is of an earlier release. */
export async function withMemory<T>(
  { env, var: { principal } }: GatewayContext,
  use: (memory: ReturnType<GatewayEnv['MEMORY']['getByName']>, namespace: string) => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  const namespace = userNamespace(principal.subject)
  const result = await unlessOlder(() => use(env.MEMORY.getByName(memoryObjectName(principal.tenant, namespace)), namespace))
  return result ?? fail({ kind: 'unavailable', what: 'This memory' })
}
