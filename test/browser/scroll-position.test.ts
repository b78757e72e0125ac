/** The scroll position while answers stream and older turns load. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { askAndTake, button, composer, eventually, fromEnd, pause, scrollTop, seed, settled, shows, swipe, thread, turns } from './chat.ts'
import { phone } from './chromium.ts'
import { setStage } from './stage.ts'

const stage = setStage()

const lines = (from: number, count: number) => Array.from({ length: count }, (_, index) => `Line ${from + index} of many.\n\n`)

/** A page with a streaming answer that is taller than the screen. */
async function streaming(page: Page, name: string) {
  const answer = await askAndTake(stage.model, page, `Tell me ${name}`, name)
  answer.say(lines(0, 60).join(''))
  await shows(page, 'Line 59 of many.')
  return answer
}

/** Scrolls to the first turn, which loads older ones, and measures how far it moves. */
async function olderMovesNothing(page: Page): Promise<void> {
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
async function longReader() {
  const visitor = await stage.visitor({ subject: 'reader-of-250-turns' })
  longSession ||= await seed(visitor.api, 250)
  return { ...visitor, session: longSession }
}

describe('The scroll position', () => {
  it('7. does not move while an answer streams, after a scroll up by wheel, keys or scroll bar', async () => {
    const { page } = await stage.visitor()
    const answer = await streaming(page, 'of scrolling')
    const ways: Record<string, () => Promise<void>> = {
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
    for (const [name, scrollUp] of Object.entries(ways)) {
      await thread(page).evaluate((box) => {
        box.scrollTop = box.scrollHeight
      })
      answer.say(lines(line, 2).join(''))
      line += 2
      await eventually(async () => expect(await fromEnd(page)).toBeLessThanOrEqual(2))
      const going = answer.stream(lines(line, 200), 40)
      line += 200
      await scrollUp()
      await pause(400)
      const place = await scrollTop(page)
      const moves = await thread(page).evaluate(
        (box, from) =>
          new Promise<number>((resolve) => {
            const startedAt = performance.now()
            let most = 0
            const look = () => {
              most = Math.max(most, Math.abs(box.scrollTop - from))
              if (performance.now() - startedAt > 3_000) resolve(most)
              else requestAnimationFrame(look)
            }
            look()
          }),
        place,
      )
      expect([name, moves]).toEqual([name, 0])
      expect(await fromEnd(page)).toBeGreaterThan(100)
      await going
    }
    answer.finish()
    await settled(page, 1)
  })

  it('7. does not move after a scroll up by touch', async () => {
    const { page } = await stage.visitor(phone)
    const answering = stage.model.take('of touching')
    await composer(page).fill('Tell me of touching')
    await button(page, 'Send message').tap()
    const answer = await answering
    answer.say(lines(0, 60).join(''))
    await shows(page, 'Line 59 of many.')
    const going = answer.stream(lines(60, 200), 40)
    await swipe(page, 220)
    await pause(400)
    const place = await scrollTop(page)
    for (let index = 0; index < 30; index += 1) {
      await pause(100)
      expect(await scrollTop(page)).toBe(place)
    }
    await going
    answer.finish()
    await settled(page, 1)
  })

  it('8. stays at the end on every frame, and holds the end again on return', async () => {
    const { page } = await stage.visitor()
    const answer = await streaming(page, 'of the end')
    const follow = async (what: () => Promise<void>) => {
      await thread(page).evaluate((box) => {
        const watch = { most: 0, frames: 0, on: true }
        Object.assign(window, { watch })
        const look = () => {
          if (!watch.on) return
          requestAnimationFrame(() => {
            // After this frame was painted and before the next one.
            const { port1, port2 } = new MessageChannel()
            port1.onmessage = () => {
              watch.frames += 1
              watch.most = Math.max(watch.most, box.scrollHeight - box.clientHeight - box.scrollTop)
              look()
            }
            port2.postMessage(null)
          })
        }
        look()
      })
      await what()
      return page.evaluate(() => {
        const { watch } = window as unknown as { watch: { most: number; frames: number; on: boolean } }
        watch.on = false
        return watch
      })
    }
    const grow = async (from: number) => {
      await answer.stream(lines(from, 40), 60)
      for (let burst = 0; burst < 4; burst += 1) {
        // Some 40 px each: a burst of 800 px at once.
        answer.say(lines(from + 40 + burst * 20, 20).join(''))
        await shows(page, `Line ${from + 59 + burst * 20} of many.`)
      }
      answer.say(`\n\n\`\`\`js\n${'const one = 1\n'.repeat(30)}\`\`\`\n\nAfter the code ${from}.\n\n`)
      await shows(page, `After the code ${from}.`)
      await pause(500)
    }
    const first = await follow(() => grow(60))
    expect(first.frames).toBeGreaterThan(20)
    expect(first.most).toBeLessThanOrEqual(2)

    await thread(page).hover()
    await page.mouse.wheel(0, -900)
    await eventually(async () => expect(await fromEnd(page)).toBeGreaterThan(200))
    await page.mouse.wheel(0, 3_000)
    await eventually(async () => expect(await fromEnd(page)).toBeLessThanOrEqual(2))
    const second = await follow(() => grow(300))
    expect(second.most).toBeLessThanOrEqual(2)
    answer.finish()
    await settled(page, 1)
    await eventually(async () => expect(await fromEnd(page)).toBeLessThanOrEqual(2))
  })

  it('23. has a button back to the end that counts new turns and works by keyboard', async () => {
    const { page, api } = await stage.visitor()
    const session = await seed(api, 15)
    await page.goto(`/c/${session}`)
    await settled(page, 15)
    const jump = page.getByRole('button', { name: /^Jump to latest/ })
    await thread(page).hover()
    await page.mouse.wheel(0, -150)
    await pause(400)
    expect(await jump.count()).toBe(0)
    await page.mouse.wheel(0, -250)
    await jump.waitFor()
    await api.send('A new message from elsewhere', { session_id: session })
    await page.getByRole('button', { name: 'Jump to latest, 1 new' }).waitFor()
    await jump.focus()
    await page.keyboard.press('Enter')
    await eventually(async () => expect(await fromEnd(page)).toBeLessThanOrEqual(2))
    await eventually(async () => expect(await jump.count()).toBe(0))
    // The removed button must not leave the focus on the body.
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(false)
  })

  it('23. has a button of at least 44 px on touch screens', async () => {
    const { page, api } = await stage.visitor(phone)
    await page.goto(`/c/${await seed(api, 15)}`)
    await settled(page, 15)
    await swipe(page, 500)
    const jump = page.getByRole('button', { name: /^Jump to latest/ })
    await jump.waitFor()
    const box = await jump.boundingBox()
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44)
    await jump.tap()
    await eventually(async () => expect(await fromEnd(page)).toBeLessThanOrEqual(2))
  })

  it('32. opens a long conversation at its end and does not jump when older turns are added', async () => {
    const { page, context, session } = await longReader()
    await page.close()
    const fresh = await context.newPage()
    await fresh.addInitScript(() => {
      const seen = { first: -1, most: 0, turns: 0, shift: 0 }
      Object.assign(window, { seen })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { value, hadRecentInput } = entry as unknown as { value: number; hadRecentInput: boolean }
          if (!hadRecentInput) seen.shift += value
        }
      }).observe({ type: 'layout-shift', buffered: true })
      const look = () => {
        const box = document.querySelector('[data-testid="thread"]')
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          if (box?.querySelector('[data-testid="answer-text"]')) {
            const distance = box.scrollHeight - box.clientHeight - box.scrollTop
            if (seen.first < 0) Object.assign(seen, { first: distance, turns: box.querySelectorAll('article').length })
            seen.most = Math.max(seen.most, distance)
          }
          requestAnimationFrame(look)
        }
        port2.postMessage(null)
      }
      requestAnimationFrame(look)
    })
    await fresh.goto(`/c/${session}`)
    await shows(fresh, 'Question 250 about rivers')
    const older = fresh.getByRole('button', { name: /^Show \d+ older$/ })
    await older.waitFor()
    await pause(500)
    const seen = await fresh.evaluate(
      () => (window as unknown as { seen: { first: number; most: number; turns: number; shift: number } }).seen,
    )
    console.log(`32: layout shift ${seen.shift.toFixed(4)} (budget 0.05), ${seen.turns} turns in the first paint`)
    expect(seen.first).toBeGreaterThanOrEqual(0)
    expect(seen.first).toBeLessThanOrEqual(2)
    expect(seen.most).toBeLessThanOrEqual(2)
    expect(seen.shift).toBeLessThan(0.05)

    await olderMovesNothing(fresh)
  }, 300_000)

  it('32. does not jump without the browser’s scroll anchoring either (Safari)', async () => {
    const { page, session } = await longReader()
    await page.goto(`/c/${session}`)
    await page.getByRole('button', { name: /^Show \d+ older$/ }).waitFor()
    await thread(page).evaluate((box) => {
      box.style.overflowAnchor = 'none'
    })
    await olderMovesNothing(page)
  }, 300_000)
})
