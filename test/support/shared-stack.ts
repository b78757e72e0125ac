/**
 * A stack that test files share. A file that kills, restarts or configures a stack starts its own (stack.ts).
 * Other files use the shared stack at the same time, so each file names its tenants after itself.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { StackAddress } from './shared-stacks.ts'
import { type Stack, tokenOf } from './stack.ts'
import { type User, user } from './user.ts'

export interface SharedStack extends Pick<Stack, 'url' | 'state' | 'token' | 'output'>, Pick<StackAddress, 'modelPort'> {
  user(tenant: string, subject: string, options?: { readonly scopes?: string }): Promise<User>
  /** Makes the OpenAI-compatible endpoint at `baseUrl` answer every chat of `tenant`. */
  answerWith(tenant: string, baseUrl: string): Promise<void>
  /** The log output of the Workers so far, for all files. */
  output(): string
}

/** The shared stack `name`. The stack `builtin` uses the builtin responder, others a model on `modelPort`. The first call starts it. */
export async function sharedStack(name = 'builtin'): Promise<SharedStack> {
  const response = await fetch(`${inject('sharedStacks')}/${name}`)
  if (!response.ok) throw new Error(await response.text())
  const { url, state, modelPort } = (await response.json()) as StackAddress
  const userOf: SharedStack['user'] = async (tenant, subject, options) => user(url, await tokenOf(tenant, subject, options))
  return {
    url,
    state,
    modelPort,
    token: tokenOf,
    user: userOf,
    async answerWith(tenant, baseUrl) {
      const admin = await userOf(tenant, 'model-admin', { scopes: 'admin' })
      const profile = { provider: 'openai-compatible', base_url: baseUrl, model: 'fake' }
      for (const [path, body] of [
        ['/v1/settings/models/main', { profile }],
        ['/v1/settings', { version: 1, chat: { profile: 'main' } }],
      ] as const) {
        const response = await admin.call('PUT', path, body)
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
      }
    },
    output: () => readFileSync(join(state, 'workers.log'), 'utf8'),
  }
}
