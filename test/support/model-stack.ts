/** Sets up the tests of a file: the shared stack, and a fake model and a user of one tenant. */
import { afterAll, beforeAll } from 'vitest'
import { type FakeModel, startFakeModel } from './model.ts'
import { sharedStack } from './shared-stack.ts'
import { type User, user } from './user.ts'

export let model: FakeModel
export let alice: User

/** The turns of `tenant` use `model`. Each file has its own tenant. */
export function useModel(tenant: string): void {
  beforeAll(async () => {
    model = await startFakeModel()
    const stack = await sharedStack()
    await stack.answerWith(tenant, model.url)
    alice = user(stack.url, await stack.token(tenant, 'alice'))
  })
  afterAll(() => model?.close())
}
