/** The browser of the tests: Debian's Chromium, driven by Playwright. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } as const

/**
 * Features of Chromium that are off. The first two are web pages of the address bar, which has no window here: each new context would load
 * 400 files for them, in 1.1 s of CPU time. The others are Playwright's list for Linux, because the last list counts.
 */
const disabledFeatures = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
]

/** Launches Chromium. Throws a one-line error that names what is missing. */
export async function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium'
  if (!existsSync(executablePath))
    throw new Error(
      `Browser tests need Chromium, and ${executablePath} is not there: install it (Debian: apt-get install chromium) or set CHROMIUM.`,
    )
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
  return chromium.launch({
    executablePath,
    args: [
      ...args,
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--disable-features=${disabledFeatures.join(',')}`,
    ],
  })
}

let shared: Promise<Browser> | undefined

/** The Chromium of this process. The first call launches it, and it ends with the process. A Chromium that ended is replaced. */
export async function sharedBrowser(): Promise<Browser> {
  const running = await shared?.catch(() => undefined)
  if (!running?.isConnected()) shared = launch()
  return shared as Promise<Browser>
}
