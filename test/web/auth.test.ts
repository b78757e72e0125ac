import { beforeEach, describe, expect, it, vi } from 'vitest'

const assign = vi.fn<(to: string) => void>()
vi.stubGlobal('location', { assign })
vi.stubGlobal('localStorage', { removeItem: () => undefined })
/** The channel of this tab to the others. */
const channel = new EventTarget()
vi.stubGlobal(
  'BroadcastChannel',
  class {
    addEventListener = channel.addEventListener.bind(channel)
    postMessage() {}
  },
)
vi.mock('../../web/src/state/api.ts', () => ({ api: { authMethods: async () => ({ dev: true, oidc: null }) } }))
vi.mock('../../web/src/state/storage.ts', () => ({ removeUserData: () => undefined }))

const me = { tenant: 'acme', subject: 'alice', role: 'member', expires_at: 0, mfa: false, needs_mfa: false } as const

describe('A 401 while the user signs out', () => {
  let page: typeof import('../../web/src/state/auth.ts')
  beforeEach(async () => {
    vi.resetModules()
    assign.mockReset()
    page = await import('../../web/src/state/auth.ts')
    page.auth.set({ kind: 'in', me })
  })

  it('shows no dialog while the browser leaves the page', async () => {
    const signOut = Promise.withResolvers<string | null>()
    const leaving = page.finishSignOut(signOut.promise)
    void page.signedOut()
    await flushPromises()
    expect(page.auth.get().kind).toBe('in')
    signOut.resolve('https://idp.test/out')
    await leaving
    void page.signedOut()
    await flushPromises()
    expect(page.auth.get().kind).toBe('in')
    expect(assign.mock.calls).toEqual([['https://idp.test/out']])
  })

  it('shows no dialog if it came before', async () => {
    void page.signedOut()
    void page.finishSignOut(new Promise(() => undefined))
    await flushPromises()
    expect(page.auth.get().kind).toBe('in')
  })

  it('shows the dialog when the sign-out fails', async () => {
    const signOut = Promise.withResolvers<string | null>()
    const leaving = page.finishSignOut(signOut.promise)
    const dialog = page.signedOut()
    signOut.reject(new Error('unavailable'))
    await expect(leaving).rejects.toThrow()
    await dialog
    expect(page.auth.get().kind).toBe('expired')
    expect(assign).not.toHaveBeenCalled()
  })

  it('shows no dialog after another tab signed out', async () => {
    channel.dispatchEvent(new MessageEvent('message', { data: 'out' }))
    void page.signedOut()
    await flushPromises()
    expect(page.auth.get().kind).toBe('in')
    expect(assign).toHaveBeenCalled()
  })
})

/** Waits until the callbacks of all settled promises have run. */
function flushPromises(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
