import type { OwnSignIn } from '../../../../shared/api/sign-in.ts'
import { endOtherSignIns, endSignIn, listSignIns } from '../../mfa/mfa-api.ts'
import { showToast } from '../../state/toast.ts'
import { insert } from '../../strings/insert.ts'
import { settingsAccount } from '../../strings/settings-account.ts'
import { Async } from '../../ui/Async.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'

const nameOf = ({ agent, method }: OwnSignIn): string =>
  agent || (method === 'token' ? settingsAccount.signIns.program : settingsAccount.signIns.unknownBrowser)

/** Lists the user's sign-ins and ends them. */
export function OwnSignIns() {
  const signIns = useLoad(listSignIns)
  const { busy, error, run } = useAction()
  const end = (work: () => Promise<void>, doneText: string) =>
    run(async () => {
      try {
        await work()
        showToast(doneText)
      } finally {
        await signIns.reload()
      }
    })
  const texts = settingsAccount.signIns
  const others = signIns.value?.some(({ current }) => !current)
  return (
    <section className="card" aria-busy={signIns.value === undefined && signIns.error === null}>
      <h2>{texts.title}</h2>
      <p className="lead">{texts.lead}</p>
      <Async load={signIns}>
        {(list) => (
          <ul className="list sign-ins" data-testid="sign-ins">
            {list.map((signIn) => (
              <li key={signIn.id}>
                <div className="list-main">
                  <strong>{nameOf(signIn)}</strong>
                  {signIn.current && <span className="tag">{texts.currentTag}</span>}
                  {signIn.method === 'token' && <span className="tag">{texts.tokenTag}</span>}
                </div>
                <div className="list-facts">
                  <span>{insert(texts.signedIn, { time: <RelativeTime at={signIn.created_at} /> })}</span>
                  <span>{signIn.mfa ? texts.withTwoFactor : texts.withoutTwoFactor}</span>
                </div>
                {!signIn.current && (
                  <button
                    type="button"
                    className="button small"
                    disabled={busy}
                    onClick={() => void end(() => endSignIn(signIn.id), texts.endedNotice({ name: nameOf(signIn) }))}
                    aria-label={texts.endLabel({ name: nameOf(signIn) })}
                  >
                    {texts.endButton}
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Async>
      <ErrorNotice error={error} />
      {others && (
        <div className="actions">
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void end(endOtherSignIns, texts.othersEndedNotice)}
            data-testid="end-others"
          >
            {texts.endOthersButton}
          </button>
        </div>
      )}
    </section>
  )
}
