/** Tells the user of an answer that ended in a hidden tab, if they chose so in the settings. */
import type { TurnView } from '../../../shared/api/turns.ts'
import { go } from '../navigation/go.ts'
import { notify, notifyWithText } from '../offline/choices.ts'
import { offline } from '../strings/offline.ts'

/** UTF-16 units of the answer that are shown. */
const shownUnits = 120

export async function notifyOfAnswer(sessionId: string, turn: TurnView): Promise<void> {
  if (!notify.get() || !('Notification' in window) || Notification.permission !== 'granted') return
  const path = `/c/${sessionId}`
  const body = notifyWithText.get() ? turn.text.slice(0, shownUnits).toWellFormed() : ''
  const options = { body, tag: sessionId, icon: '/icons/192.png', data: { path } }
  const registration = await navigator.serviceWorker?.getRegistration('/')
  // Phones show notifications of a worker only.
  if (registration?.active) return registration.showNotification(offline.answerReady, options)
  const shown = new Notification(offline.answerReady, options)
  shown.onclick = () => {
    window.focus()
    go(path)
  }
}
