import { ShieldCheck, ShieldOff } from 'lucide-react'
import { useState } from 'react'
import { getMfa } from '../../mfa/mfa-api.ts'
import { SecondFactorDialog, type Task } from '../../mfa/SecondFactorDialog.tsx'
import { showToast } from '../../state/toast.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { LoadError } from '../../ui/LoadError.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useLoad } from '../../ui/use-load.ts'

/** With fewer recovery codes left than this, their number is shown as a warning. */
const fewCodes = 3

const doneText: Readonly<Record<Task, string>> = {
  enrol: 'Your second factor is on',
  replace: 'Your new device is set up; the previous one no longer works',
  renew: 'The earlier recovery codes no longer work',
  disable: 'Your second factor is off',
}

/** Shows the user's second factor, and sets up, moves, renews or disables it. */
export function SecondFactor({ onChanged }: { readonly onChanged: () => void }) {
  const mfa = useLoad(getMfa)
  const [task, setTask] = useState<Task | null>(null)
  if (mfa.value === undefined)
    return mfa.error ? <LoadError error={mfa.error} retry={() => void mfa.reload()} /> : <section className="card mfa" aria-busy="true" />
  const { on, since, recovery_codes_left: remaining, demanded } = mfa.value
  const end = (done: boolean) => {
    if (done && task) showToast(doneText[task])
    setTask(null)
    if (!done) return
    onChanged()
    void mfa.reload()
  }
  return (
    <section className="card mfa" data-testid="second-factor">
      <h2>Second factor</h2>
      <ErrorNotice error={mfa.error} retry={() => void mfa.reload()} />
      <p className="lead">A code from an app on your phone, required when you sign in. A stolen password is then not enough.</p>
      <div className="mfa-card" data-on={on}>
        {on ? <ShieldCheck aria-hidden /> : <ShieldOff aria-hidden />}
        <div className="mfa-words">
          <strong>{on ? 'On: authenticator app' : 'Off'}</strong>
          {on ? (
            <p>
              Since <RelativeTime at={since} /> ·{' '}
              <span className={remaining < fewCodes ? 'bad' : undefined}>
                {remaining === 1 ? '1 recovery code' : `${remaining} recovery codes`} left
              </span>
            </p>
          ) : (
            <p>You need one minute and an authenticator app.</p>
          )}
          {demanded && <p>Required by your workspace{on ? ': you can move it to another device, but not turn it off.' : '.'}</p>}
        </div>
        {!on && (
          <button type="button" className="button primary" onClick={() => setTask('enrol')} data-testid="enrol">
            Set up
          </button>
        )}
      </div>
      {on && (
        <div className="actions">
          <button type="button" className="button" onClick={() => setTask('renew')}>
            New recovery codes…
          </button>
          <button type="button" className="button" onClick={() => setTask('replace')}>
            Move to another device…
          </button>
          {!demanded && (
            <button type="button" className="button danger" onClick={() => setTask('disable')}>
              Turn off…
            </button>
          )}
        </div>
      )}
      {task && <SecondFactorDialog task={task} onEnd={end} />}
    </section>
  )
}
