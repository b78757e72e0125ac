import type { OwnSignIn } from '../../../../shared/api/sign-in.ts'
import { endOtherSignIns, endSignIn, listSignIns } from '../../mfa/mfa-api.ts'
import { showToast } from '../../state/toast.ts'
import { Async } from '../../ui/Async.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'

const nameOf = ({ agent, method }: OwnSignIn): string => agent || (method === 'token' ? 'A program' : 'An unknown browser')

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
  const others = signIns.value?.some(({ current }) => !current)
  return (
    <section className="card" aria-busy={signIns.value === undefined && signIns.error === null}>
      <h2>Where you are signed in</h2>
      <p className="lead">Is one of these not yours? Sign it out, and set up a second factor. It ends within two seconds.</p>
      <Async load={signIns}>
        {(list) => (
          <ul className="list sign-ins" data-testid="sign-ins">
            {list.map((signIn) => (
              <li key={signIn.id}>
                <div className="list-main">
                  <strong>{nameOf(signIn)}</strong>
                  {signIn.current && <span className="tag">this browser</span>}
                  {signIn.method === 'token' && <span className="tag">API token</span>}
                </div>
                <div className="list-facts">
                  <span>
                    signed in <RelativeTime at={signIn.created_at} />
                  </span>
                  <span>{signIn.mfa ? 'with a second factor' : 'without a second factor'}</span>
                </div>
                {!signIn.current && (
                  <button
                    type="button"
                    className="button small"
                    disabled={busy}
                    onClick={() => void end(() => endSignIn(signIn.id), `${nameOf(signIn)} is signed out`)}
                    aria-label={`Sign out ${nameOf(signIn)}`}
                  >
                    Sign out
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
            onClick={() => void end(endOtherSignIns, 'Signed out everywhere else')}
            data-testid="end-others"
          >
            Sign out everywhere else
          </button>
        </div>
      )}
    </section>
  )
}
