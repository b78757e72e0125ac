import { useState } from 'react'
import { notify } from '../../offline/choices.ts'
import { useSignal } from '../../state/signal.ts'

/** The switch of notifications. Turning it on is the only act that asks for the permission. */
export function useNotifications() {
  const wanted = useSignal(notify)
  const [permission, setPermission] = useState(Notification.permission)
  const set = async (on: boolean) => {
    const answer = on && permission === 'default' ? await Notification.requestPermission() : permission
    setPermission(answer)
    notify.set(on && answer === 'granted')
  }
  return { permission, isOn: wanted && permission === 'granted', set }
}
