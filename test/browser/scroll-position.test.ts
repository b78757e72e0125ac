/** The scroll position while answers stream and older turns load. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setUpBrowser } from './browser-fixture.ts'
import {
  askAndClaim,
  button,
  composer,
  distanceFromEnd,
  eventually,
  pause,
  scrollTop,
  seed,
  settled,
  swipe,
  thread,
  turns,
  waitForText,
} from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser()

const lines = (from: number, count: number) => Array.from({ length: count }, (_, index) => `Line ${from + index} of many.\n\n`)

/** A page with a streaming answer that is taller than the screen. */
async function startStreaming(page: Page, name: string) {
  const answer = await askAndClaim(fixture.model, page, `Tell me ${name}`, name)
  answer.write(lines(0, 60).join(''))
  await waitForText(page, 'Line 59 of many.')
  return answer
}

/** Scrolls to the first turn, which loads older ones, and measures how far it moves. */
async function expectNoJump(page: Page): Promise<void> {
  const count = await turns(page).count()
  const name = (await turns(page).first().getByTestId('user-message').textContent()) ?? ''
  const anchor = turns(page).filter({ has: page.getByText(name, { exact: true }) })
  const before = await thread(page).evaluate((box) => {
    box.scrollTop = 0
    return box.querySelector('article')?.getBoundingClientRect().top ?? 0
  })
  await eventually(async () => expect(await turns(page).count()).toBeGreaterThan(count))
  await pause(500)
  expect(Math.abs(((await anchor.boundingBox())?.y ?? 0) - before)).toBeLessThanOrEqual(2)
}

let longSession = ''
/** A user with a session of 250 turns. The first call sends them. */
async function visitLongSession() {
  const visitor = await fixture.visitor({ subject: 'reader-of-250-turns' })
  longSession ||= await seed(visitor.api, 250)
  return { ...visitor, session: longSession }
}

describe('The scroll position', () => {
  it('7. does not move while an answer streams, after a scroll up by wheel, keys or scroll bar', async () => {
    const { page } = await fixture.visitor()
    const answer = await startStreaming(page, 'of scrolling')
    const scrollActions: Record<string, () => Promise<void>> = {
      wheel: async () => {
        await thread(page).hover()
        await page.mouse.wheel(0, -40)
      },
      keys: async () => {
        await thread(page).focus()
        await page.keyboard.press('PageUp')
      },
      'the scroll bar': () =>
        thread(page).evaluate((box) => {
          box.scrollTop -= 90
        }),
    }
    let line = 60
    for (const [name, scrollUp] of Object.entries(scrollActions)) {
      await thread(page).evaluate((box) => {
        box.scrollTop = box.scrollHeight
      })
      answer.write(lines(line, 2).join(''))
      line += 2
      await eventually(async () => expect(await distanceFromEnd(page)).toBeLessThanOrEqual(2))
      const streaming = answer.stream(lines(line, 200), 40)
      line += 200
      await scrollUp()
      await pause(400)
      const position = await scrollTop(page)
      const movement = await thread(page).evaluate(
        (box, from) =>
          new Promise<number>((resolve) => {
            const startedAt = performance.now()
            let maxDistance = 0
            const sample = () => {
              maxDistance = Math.max(maxDistance, Math.abs(box.scrollTop - from))
              if (performance.now() - startedAt > 3_000) resolve(maxDistance)
              else requestAnimationFrame(sample)
            }
            sample()
          }),
        position,
      )
      expect([name, movement]).toEqual([name, 0])
      expect(await distanceFromEnd(page)).toBeGreaterThan(100)
      await streaming
    }
    answer.finish()
    await settled(page, 1)
  })

  it('7. does not move after a scroll up by touch', async () => {
    const { page } = await fixture.visitor(phone)
    const claim = fixture.model.claim('of touching')
    await composer(page).fill('Tell me of touching')
    await button(page, 'Send message').tap()
    const answer = await claim
    answer.write(lines(0, 60).join(''))
    await waitForText(page, 'Line 59 of many.')
    const streaming = answer.stream(lines(60, 200), 40)
    await swipe(page, 220)
    await pause(400)
    const position = await scrollTop(page)
    for (let index = 0; index < 30; index += 1) {
      await pause(100)
      expect(await scrollTop(page)).toBe(position)
    }
    await streaming
    answer.finish()
    await settled(page, 1)
  })

  it('8. stays at the end on every frame, also after a return to the end', async () => {
    const { page } = await fixture.visitor()
    const answer = await startStreaming(page, 'of the end')
    const measureDistance = async (action: () => Promise<void>) => {
      await thread(page).evaluate((box) => {
        const probe = { maxDistance: 0, frames: 0, on: true }
        Object.assign(window, { probe })
        const sample = () => {
          if (!probe.on) return
          requestAnimationFrame(() => {
            // After this frame was painted and before the next one.
            const { port1, port2 } = new MessageChannel()
            port1.onmessage = () => {
              probe.frames += 1
              probe.maxDistance = Math.max(probe.maxDistance, box.scrollHeight - box.clientHeight - box.scrollTop)
              sample()
            }
            port2.postMessage(null)
          })
        }
        sample()
      })
      await action()
      return page.evaluate(() => {
        const { probe } = window as unknown as { probe: { maxDistance: number; frames: number; on: boolean } }
        probe.on = false
        return probe
      })
    }
    const growAnswer = async (from: number) => {
      await answer.stream(lines(from, 40), 60)
      for (let burst = 0; burst < 4; burst += 1) {
        // A line has some 40 px, so a burst has 800 px.
        answer.write(lines(from + 40 + burst * 20, 20).join(''))
        await waitForText(page, `Line ${from + 59 + burst * 20} of many.`)
      }
      answer.write(`\n\n\`\`\`js\n${'const one = 1\n'.repeat(30)}\`\`\`\n\nAfter the code ${from}.\n\n`)
      await waitForText(page, `After the code ${from}.`)
      await pause(500)
    }
    const first = await measureDistance(() => growAnswer(60))
    expect(first.frames).toBeGreaterThan(20)
    expect(first.maxDistance).toBeLessThanOrEqual(2)

    await thread(page).hover()
    await page.mouse.wheel(0, -900)
    await eventually(async () => expect(await distanceFromEnd(page)).toBeGreaterThan(200))
    await page.mouse.wheel(0, 3_000)
    await eventually(async () => expect(await distanceFromEnd(page)).toBeLessThanOrEqual(2))
    const second = await measureDistance(() => growAnswer(300))
    expect(second.maxDistance).toBeLessThanOrEqual(2)
    answer.finish()
    await settled(page, 1)
    await eventually(async () => expect(await distanceFromEnd(page)).toBeLessThanOrEqual(2))
  })

  it('23. has a button back to the end that counts new turns and works by keyboard', async () => {
    const { page, api } = await fixture.visitor()
    const session = await seed(api, 15)
    await page.goto(`/c/${session}`)
    await settled(page, 15)
    const jumpButton = page.getByRole('button', { name: /^Jump to latest/ })
    await thread(page).hover()
    await page.mouse.wheel(0, -150)
    await pause(400)
    expect(await jumpButton.count()).toBe(0)
    await page.mouse.wheel(0, -250)
    await jumpButton.waitFor()
    await api.send('A new message from elsewhere', { session_id: session })
    await page.getByRole('button', { name: 'Jump to latest, 1 new' }).waitFor()
    await jumpButton.focus()
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await distanceFromEnd(page)).toBeLessThanOrEqual(2))
    await eventually(async () => expect(await jumpButton.count()).toBe(0))
    // The removed button must not leave the focus on the body.
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(false)
  })

  it('23. has a button of at least 44 px on touch screens', async () => {
    const { page, api } = await fixture.visitor(phone)
    await page.goto(`/c/${await seed(api, 15)}`)
    await settled(page, 15)
    await swipe(page, 500)
    const jumpButton = page.getByRole('button', { name: /^Jump to latest/ })
    await jumpButton.waitFor()
    const box = await jumpButton.boundingBox()
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44)
    await jumpButton.tap()
    await eventually(async () => expect(await distanceFromEnd(page)).toBeLessThanOrEqual(2))
  })

  it('32. opens a long conversation at its end and does not jump when older turns are added', async () => {
    const { page, context, session } = await visitLongSession()
    await page.close()
    const newTab = await context.newPage()
    await newTab.addInitScript(() => {
      const paint = { firstDistance: -1, maxDistance: 0, turns: 0, shift: 0 }
      Object.assign(window, { paint })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { value, hadRecentInput } = entry as unknown as { value: number; hadRecentInput: boolean }
          if (!hadRecentInput) paint.shift += value
        }
      }).observe({ type: 'layout-shift', buffered: true })
      const sample = () => {
        const box = document.querySelector('[data-testid="thread"]')
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          if (box?.querySelector('[data-testid="answer-text"]')) {
            const distance = box.scrollHeight - box.clientHeight - box.scrollTop
            if (paint.firstDistance < 0) Object.assign(paint, { firstDistance: distance, turns: box.querySelectorAll('article').length })
            paint.maxDistance = Math.max(paint.maxDistance, distance)
          }
          requestAnimationFrame(sample)
        }
        port2.postMessage(null)
      }
      requestAnimationFrame(sample)
    })
    await newTab.goto(`/c/${session}`)
    await waitForText(newTab, 'Question 250 about rivers')
    const older = newTab.getByRole('button', { name: /^Show \d+ older$/ })
    await older.waitFor()
    await pause(500)
    const paint = await newTab.evaluate(
      () => (window as unknown as { paint: { firstDistance: number; maxDistance: number; turns: number; shift: number } }).paint,
    )
    console.log(`32: layout shift ${paint.shift.toFixed(4)} (budget 0.05), ${paint.turns} turns in the first paint`)
    expect(paint.firstDistance).toBeGreaterThanOrEqual(0)
    expect(paint.firstDistance).toBeLessThanOrEqual(2)
    expect(paint.maxDistance).toBeLessThanOrEqual(2)
    expect(paint.shift).toBeLessThan(0.05)

    await expectNoJump(newTab)
  }, 300_000)

  it('32. does not jump without the browser’s scroll anchoring either (Safari)', async () => {
    const { page, session } = await visitLongSession()
    await page.goto(`/c/${session}`)
    await page.getByRole('button', { name: /^Show \d+ older$/ }).waitFor()
    await thread(page).evaluate((box) => {
      box.style.overflowAnchor = 'none'
    })
    await expectNoJump(page)
  }, 300_000)
})

describe('A search in the page', () => {
  it('finds every turn of a long thread, because its keys mount them', async () => {
    const { page, session } = await visitLongSession()
    await page.goto(`/c/${session}`)
    await eventually(async () => expect(await turns(page).count()).toBeGreaterThan(0))
    await page.keyboard.press('Control+f')
    await eventually(async () => expect(await turns(page).count()).toBe(250))
  })
})
