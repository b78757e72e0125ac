import { ShieldCheck, ShieldOff } from 'lucide-react'
import { useState } from 'react'
import { getMfa } from '../../mfa/mfa-api.ts'
import { SecondFactorDialog, type Task } from '../../mfa/SecondFactorDialog.tsx'
import { showToast } from '../../state/toast.ts'
import { insert } from '../../strings/insert.ts'
import { settingsAccount } from '../../strings/settings-account.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { LoadError } from '../../ui/LoadError.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useLoad } from '../../ui/use-load.ts'

/** With fewer recovery codes left than this, their number is shown as a warning. */
const fewCodes = 3

/** Shows the user's second factor, and sets up, moves, renews or disables it. */
export function SecondFactor({ onChanged }: { readonly onChanged: () => void }) {
  const texts = settingsAccount.twoFactor
  const mfa = useLoad(getMfa)
  const [task, setTask] = useState<Task | null>(null)
  if (mfa.value === undefined)
    return mfa.error ? <LoadError error={mfa.error} retry={() => void mfa.reload()} /> : <section className="card mfa" aria-busy="true" />
  const { on, since, recovery_codes_left: remaining, demanded } = mfa.value
  const end = (done: boolean) => {
    if (done && task) showToast(texts[`${task}Done`])
    setTask(null)
    if (!done) return
    onChanged()
    void mfa.reload()
  }
  return (
    <section className="card mfa" data-testid="second-factor">
      <h2>{texts.title}</h2>
      <ErrorNotice error={mfa.error} retry={() => void mfa.reload()} />
      <p className="lead">{texts.lead}</p>
      <div className="mfa-card" data-on={on}>
        {on ? <ShieldCheck aria-hidden /> : <ShieldOff aria-hidden />}
        <div className="mfa-words">
          <strong>{on ? texts.on : texts.off}</strong>
          {on ? (
            <p>
              {insert(texts.since, { time: <RelativeTime at={since} /> })} ·{' '}
              <span className={remaining < fewCodes ? 'bad' : undefined}>{texts.codesLeft({ count: remaining })}</span>
            </p>
          ) : (
            <p>{texts.offHint}</p>
          )}
          {demanded && <p>{on ? texts.requiredAndOn : texts.required}</p>}
        </div>
        {!on && (
          <button type="button" className="button primary" onClick={() => setTask('enrol')} data-testid="enrol">
            {texts.setUpButton}
          </button>
        )}
      </div>
      {on && (
        <div className="actions">
          <button type="button" className="button" onClick={() => setTask('renew')}>
            {texts.renewButton}
          </button>
          <button type="button" className="button" onClick={() => setTask('replace')}>
            {texts.replaceButton}
          </button>
          {!demanded && (
            <button type="button" className="button danger" onClick={() => setTask('disable')}>
              {texts.disableButton}
            </button>
          )}
        </div>
      )}
      {task && <SecondFactorDialog task={task} onEnd={end} />}
    </section>
  )
}
