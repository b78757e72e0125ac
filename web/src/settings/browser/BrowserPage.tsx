import { useCallback } from 'react'
import { keepOffline, notifyWithText } from '../../offline/choices.ts'
import { listCopies } from '../../offline/store.ts'
import { useMe } from '../../state/me.ts'
import { type Signal, useSignal } from '../../state/signal.ts'
import { perLocale } from '../../strings/format.ts'
import { offline } from '../../strings/offline.ts'
import { Card } from '../../ui/Card.tsx'
import { Page } from '../../ui/Page.tsx'
import { Switch } from '../../ui/Switch.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { useNotifications } from './use-notifications.ts'

/** Settings of this browser: what it keeps for reading offline, and notifications. */
export default function BrowserPage() {
  const text = offline.page
  return (
    <Page title={text.title} lead={text.lead}>
      <Card title={text.offlineTitle}>
        {'serviceWorker' in navigator && 'indexedDB' in window ? (
          <>
            <Choice choice={keepOffline} label={text.keepLabel} hint={text.keepHint} testId="keep-offline" />
            <Saved />
          </>
        ) : (
          <p className="hint">{text.unsupported}</p>
        )}
      </Card>
      {'Notification' in window && <Notifications />}
    </Page>
  )
}

const sizes = perLocale((locale) => new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 }))

/** How much is saved for the signed-in user. */
function Saved() {
  const me = useMe()
  const isKept = useSignal(keepOffline)
  const load = useCallback(async () => (me === null ? [] : listCopies(me)), [me])
  const copies = useLoad(load).value
  if (!isKept || copies === undefined) return null
  const units = copies.reduce((sum, { turns }) => sum + turns.length, 0)
  return (
    <p className="hint" data-testid="saved-size">
      {copies.length === 0
        ? offline.page.savedNone
        : offline.page.saved({ count: copies.length, size: sizes().format(Math.ceil(units / 1_000)) })}
    </p>
  )
}

function Notifications() {
  const text = offline.page
  const { permission, isOn, set } = useNotifications()
  return (
    <Card title={text.notificationsTitle}>
      <Switch
        label={text.notifyLabel}
        hint={permission === 'denied' ? text.notifyDenied : text.notifyHint}
        checked={isOn}
        disabled={permission === 'denied'}
        onChange={(on) => void set(on)}
        testId="notify"
      />
      {isOn && <Choice choice={notifyWithText} label={text.textLabel} hint={text.textHint} testId="notify-text" />}
    </Card>
  )
}

interface ChoiceProps {
  readonly choice: Signal<boolean>
  readonly label: string
  readonly hint: string
  readonly testId: string
}

const Choice = ({ choice, ...props }: ChoiceProps) => <Switch {...props} checked={useSignal(choice)} onChange={choice.set} />
