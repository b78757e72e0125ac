/** Sets up the tests of a file: the shared stack, a fake model, and for one tenant a user. */
import { afterAll, beforeAll } from 'vitest'
import { type FakeModel, startFakeModel } from './model.ts'
import { type SharedStack, sharedStack } from './shared-stack.ts'
import { type User, user } from './user.ts'

export let stack: SharedStack
export let model: FakeModel
/** The user of the tenant that `useModel` names. */
export let alice: User

/** The turns of `tenant` use `model`. Each file has its own tenant. Without one, the tests make their tenants. */
export function useModel(tenant?: string): void {
  beforeAll(async () => {
    model = await startFakeModel()
    stack = await sharedStack()
    if (tenant === undefined) return
    await stack.answerWith(tenant, model.url)
    alice = user(stack.url, await stack.token(tenant, 'alice'))
  }, 150_000)
  afterAll(() => model?.close())
}
