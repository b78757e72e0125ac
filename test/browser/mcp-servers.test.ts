/** MCP servers on the page of tools: an administrator adds one, signs in, accepts its tools, and removes it. */
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { startAuthorizationServer } from '../support/services/authorization-server.ts'
import { addTool, type FakeMcpServer, startMcpServer } from '../support/services/mcp-server.ts'
import { violationsInBothThemes } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { eventually } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()
const closers: (() => Promise<void>)[] = []
afterAll(() => Promise.all(closers.map((close) => close())))

/** An administrator on the page of tools, and a server that is not added yet. */
async function open(options = {}) {
  const server = await startMcpServer()
  closers.push(server.close)
  return { server, ...(await fixture.visitor({ admin: true, path: '/settings/tools', ...options })) }
}

const row = (page: Page, id = 'sums') => page.getByTestId(`server-${id}`)
const field = (page: Page, label: string) => page.getByTestId('server-form').getByLabel(label, { exact: true })

async function add(page: Page, { url }: FakeMcpServer, id = 'sums'): Promise<void> {
  await page.getByTestId('add-server').click()
  await field(page, 'Name').fill(id)
  await field(page, 'Address').fill(url)
  await page.getByTestId('save-server').click()
  await row(page, id).waitFor()
}

const inState = (page: Page, state: string) => eventually(async () => expect(await row(page).getAttribute('data-state')).toBe(state))

describe('An MCP server', () => {
  it('is added with its tools, which are used again only after a change is accepted, and is removed', async () => {
    const { page, server, api } = await open()
    await add(page, server)
    await inState(page, 'connected')
    await page.getByTestId('tool-sums__add').waitFor()
    server.tools = [{ ...addTool, description: 'Adds two numbers, and more.' }]
    await row(page).getByRole('button', { name: 'Check sums now' }).click()
    await row(page).getByText('Tools changed').waitFor()
    await page.getByTestId('changed-sums').getByText('Adds two numbers, and more.').waitFor()
    await page.getByTestId('accept-sums').click()
    await inState(page, 'connected')
    expect(await (await api.call('GET', '/v1/mcp-servers/sums')).json()).toMatchObject({ tools: [{ accepted: true }] })
    await row(page).getByRole('switch', { name: 'sums is enabled' }).click()
    await inState(page, 'disabled')
    await row(page).getByRole('button', { name: 'Remove' }).click()
    await row(page).getByRole('button', { name: 'Really remove?' }).click()
    await row(page).waitFor({ state: 'detached' })
    await page.getByTestId('tool-sums__add').waitFor({ state: 'detached' })
  })

  it('is signed in at on its own page, and the page says how that ended, once', async () => {
    const { page, server } = await open()
    const authorization = await startAuthorizationServer(server)
    closers.push(authorization.close)
    await add(page, server)
    await inState(page, 'sign_in')
    await row(page).getByRole('button', { name: 'Sign in at sums' }).click()
    await page.getByTestId('sign-in-outcome').getByText('Signed in at sums.').waitFor()
    await eventually(() => expect(new URL(page.url()).search).toBe(''))
    await page.getByTestId('changed-sums').getByText('sums__add').waitFor()
    await page.getByTestId('accept-sums').click()
    await inState(page, 'connected')
    await page.reload()
    await row(page).waitFor()
    expect(await page.getByTestId('sign-in-outcome').count()).toBe(0)
  })

  it('that refuses to start a sign-in, cannot be reached or exists already says so, and keeps what was typed', async () => {
    const { page, server } = await open()
    const authorization = await startAuthorizationServer(server)
    closers.push(authorization.close)
    await add(page, server)
    authorization.fault = 'issuer'
    await row(page).getByText('Use a registered client').click()
    await row(page).getByLabel('Client ID').fill('our-client')
    await row(page).getByRole('button', { name: 'Sign in at sums' }).click()
    await row(page).getByRole('alert').waitFor()
    expect(await row(page).getByLabel('Client ID').inputValue()).toBe('our-client')
    server.fault = 'down'
    await row(page).getByRole('button', { name: 'Check sums now' }).click()
    await inState(page, 'unreachable')
    // A server of that name exists.
    await page.getByTestId('add-server').click()
    await field(page, 'Name').fill('sums')
    await field(page, 'Address').fill('https://mcp.example.com/mcp')
    await page.getByTestId('save-server').click()
    await page.getByTestId('server-form').getByRole('alert').waitFor()
    expect(await field(page, 'Address').inputValue()).toBe('https://mcp.example.com/mcp')
  })

  it('fits a phone in German, and passes axe in its states, light and dark', async () => {
    const { page, server, api } = await open({ locale: 'de-DE', ...phone })
    expect((await api.call('POST', '/v1/mcp-servers', { id: 'sums', url: server.url })).status).toBe(201)
    server.tools = [{ ...addTool, description: 'Something else.' }]
    expect((await api.call('POST', '/v1/mcp-servers/sums/refresh')).status).toBe(200)
    const closed = await startMcpServer()
    closers.push(closed.close)
    closed.key = 'secret'
    expect((await api.call('POST', '/v1/mcp-servers', { id: 'closed', url: closed.url })).status).toBe(201)
    await page.goto('/settings/tools?mcp_sign_in=failed&server=closed')
    await page.getByText('Die Anmeldung bei closed ist fehlgeschlagen.').waitFor()
    await page.getByTestId('changed-sums').waitFor()
    await page.getByTestId('sign-in-closed').getByText('Registrierten Client benutzen').click()
    await page.getByTestId('add-server').click()
    await page.getByTestId('server-form').getByLabel('Anmeldung').selectOption('key')
    expect(await violationsInBothThemes(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })
})
