/** Set-up of the browser tests: a tenant, model and proxy per file, a new user and context per test. Files share a stack and Chromium. */
import { basename } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { actMs, readMs } from '../../web/src/state/toast.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { type Stack, startStack, tokenOf } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'
import { sharedBrowser } from './chromium.ts'
import { type ControlledModel, startControlledModel } from './controlled-model.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

export interface Visitor {
  readonly context: BrowserContext
  readonly tenant: string
  /** The first tab, at the start page. */
  readonly page: Page
  /** The same user's API calls. */
  readonly api: User
  /** Another tab of the same browser. */
  tab(path?: string): Promise<Page>
}

export interface BrowserFixture {
  readonly url: string
  /** The tenant of visitors that are not administrators. It has the name of the file. */
  readonly tenant: string
  readonly model: ControlledModel
  readonly proxy: TcpProxy
  /** A new context without a sign-in and without a page. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>
  visitor(options?: VisitorOptions): Promise<Visitor>
}

/** A user who is signed in, in a new context. */
export interface VisitorOptions extends BrowserContextOptions {
  /** The page of the first tab. Default: the start page. */
  readonly path?: string
  /** Default: a new user. */
  readonly subject?: string
  /** An administrator of a separate tenant. */
  readonly admin?: boolean
  /** Toasts stay for a minute. A test that uses a toast after other checks needs it: on a busy machine the toast would be gone. */
  readonly keepsToasts?: boolean
}

export interface BrowserFixtureOptions {
  /** The file changes the tenant `local`, so it has a stack of its own. */
  readonly ownStack?: boolean
}

/** Sets up the tests of a file. */
export function setUpBrowser({ ownStack = false }: BrowserFixtureOptions = {}): BrowserFixture {
  let ownedStack: Stack | undefined
  let stackUrl = ''
  let model: ControlledModel
  let proxy: TcpProxy
  let browser: Browser
  let url = ''
  let tenant = ''
  let users = 0
  const open: BrowserContext[] = []

  beforeAll(async () => {
    tenant = basename(expect.getState().testPath ?? '').replace(/\..*/, '')
    // Chromium first: no test can run without it.
    browser = await sharedBrowser()
    if (ownStack) {
      model = await startControlledModel()
      ownedStack = await startStack({ env: { SOMA_MODEL_BASE_URL: model.url, SOMA_MODEL: 'hand' } })
      stackUrl = ownedStack.url
    } else {
      // One stack per process of Vitest. A process runs its files in turn, so each file can serve the model of the stack.
      const shared = await sharedStack(`browser-${process.env.VITEST_POOL_ID}`)
      model = await startControlledModel(shared.modelPort)
      stackUrl = shared.url
    }
    proxy = await startTcpProxy(Number(new URL(stackUrl).port))
    url = `http://localhost:${proxy.port}`
  }, 150_000)
  afterEach(async () => {
    proxy.up()
    await Promise.all(open.splice(0).map((context) => context.close()))
  })
  afterAll(async () => {
    await proxy?.close()
    await ownedStack?.stop()
    await model?.close()
  })

  const newContext: BrowserFixture['newContext'] = async (options = {}) => {
    // A worker would load the whole app in the background of each test. test/browser/offline.test.ts allows it.
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      baseURL: url,
      locale: 'en-US',
      serviceWorkers: 'block',
      ...options,
    })
    context.setDefaultTimeout(30_000)
    open.push(context)
    return context
  }
  return {
    get url() {
      return url
    },
    get tenant() {
      return tenant
    },
    get model() {
      return model
    },
    get proxy() {
      return proxy
    },
    newContext,
    async visitor({ path = '/', subject = `person-${++users}`, admin = false, keepsToasts = false, ...options } = {}) {
      const userTenant = admin ? `${tenant}-of-${subject}` : tenant
      const api = user(stackUrl, await tokenOf(userTenant, subject, { scopes: admin ? 'admin' : '' }))
      if (admin) {
        const created = await api.call('PUT', `/v1/users/${subject}`, { role: 'admin' })
        if (!created.ok) throw new Error(`Could not create an administrator: ${created.status} ${await created.text()}`)
      }
      const context = await newContext(options)
      if (keepsToasts) await context.addInitScript(lengthenTimers, { from: [readMs, actMs], to: 60_000 })
      const signedIn = await context.request.post('/v1/auth/dev', { data: { tenant: userTenant, subject } })
      if (!signedIn.ok()) throw new Error(`Could not sign in: ${signedIn.status()} ${await signedIn.text()}`)
      const tab = async (path = '/') => {
        const page = await context.newPage()
        await page.goto(path)
        return page
      }
      return { context, tenant: userTenant, page: await tab(path), api, tab }
    },
  }
}

/** Runs in a page: timers of these lengths take `to` ms. */
function lengthenTimers({ from, to }: { readonly from: readonly number[]; readonly to: number }): void {
  const start = window.setTimeout.bind(window)
  const startLater = (run: () => void, ms?: number, ...args: []) => start(run, ms !== undefined && from.includes(ms) ? to : ms, ...args)
  Object.assign(window, { setTimeout: startLater })
}
