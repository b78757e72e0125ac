/** The user's choices for this browser. They stay over a sign-out. */
import { signal } from '../state/signal.ts'
import { isFlag, load, save } from '../state/storage.ts'

const choice = (key: string, initial: boolean) => {
  const chosen = signal(load(key, isFlag) ?? initial)
  chosen.subscribe(() => save(key, chosen.get()))
  addEventListener('storage', (event) => {
    if (event.key === key) chosen.set(load(key, isFlag) ?? initial)
  })
  return chosen
}

/** Whether the app and the newest conversations are kept for reading offline. */
export const keepOffline = choice('soma.keep-offline', true)
/** Whether a notification shows when an answer ends in a hidden tab. */
export const notify = choice('soma.notify', false)
/** Whether it shows the beginning of the answer. */
export const notifyWithText = choice('soma.notify-text', false)
