/** What every browser test stands on: one stack, one model, one wire and one Chromium per file; a new person in a new context per test. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'
import { launch } from './chromium.ts'
import { type HandModel, startHandModel } from './model.ts'
import { startWire, type Wire } from './wire.ts'

export interface Visitor {
  readonly context: BrowserContext
  /** The first tab, at the start page. */
  readonly page: Page
  /** The same person, without a browser. */
  readonly api: User
  /** Another tab of the same browser. */
  tab(path?: string): Promise<Page>
}

export interface Stage {
  readonly url: string
  readonly model: HandModel
  readonly wire: Wire
  /** A new context where nobody is signed in, at no page yet. */
  stranger(options?: BrowserContextOptions): Promise<BrowserContext>
  /** A person, signed in, in a context of their own, at `path`. Somebody new, unless `subject` names one who was there before. `admin`: of a tenant of their own. */
  visitor(
    options?: BrowserContextOptions & { readonly path?: string; readonly subject?: string; readonly admin?: boolean },
  ): Promise<Visitor>
}

/** Sets the stage for the tests of a file. */
export function setStage(): Stage {
  let stack: Stack
  let model: HandModel
  let wire: Wire
  let browser: Browser
  let url = ''
  let people = 0
  const open: BrowserContext[] = []

  beforeAll(async () => {
    // Chromium first: without it nothing else is worth its time.
    browser = await launch()
    model = await startHandModel()
    stack = await startStack({ env: { SOMA_MODEL_BASE_URL: model.url, SOMA_MODEL: 'hand' } })
    wire = await startWire(Number(new URL(stack.url).port))
    url = `http://localhost:${wire.port}`
  }, 150_000)
  afterEach(async () => {
    wire.up()
    await Promise.all(open.splice(0).map((context) => context.close()))
  })
  afterAll(async () => {
    await browser?.close()
    await wire?.close()
    await stack?.stop()
    await model?.close()
  })

  const stranger: Stage['stranger'] = async (options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, baseURL: url, ...options })
    context.setDefaultTimeout(15_000)
    open.push(context)
    return context
  }
  return {
    get url() {
      return url
    },
    get model() {
      return model
    },
    get wire() {
      return wire
    },
    stranger,
    async visitor({ path = '/', subject = `person-${++people}`, admin = false, ...options } = {}) {
      const tenant = admin ? `tenant-of-${subject}` : 'acme'
      const api = user(stack.url, await stack.token(tenant, subject, { scopes: admin ? 'admin' : '' }))
      if (admin) {
        const made = await api.call('PUT', `/v1/users/${subject}`, { role: 'admin' })
        if (!made.ok) throw new Error(`Making an administrator: ${made.status} ${await made.text()}`)
      }
      const context = await stranger(options)
      const signedIn = await context.request.post('/v1/auth/dev', { data: { tenant, subject } })
      if (!signedIn.ok()) throw new Error(`Signing in: ${signedIn.status()} ${await signedIn.text()}`)
      const tab = async (path = '/') => {
        const page = await context.newPage()
        await page.goto(path)
        return page
      }
      return { context, page: await tab(path), api, tab }
    },
  }
}
