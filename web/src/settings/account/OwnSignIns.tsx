import type { OwnSignIn } from '../../../../shared/api/sessions.ts'
import { endOtherSignIns, endSignIn, listSignIns } from '../../mfa/mfa-api.ts'
import { showToast } from '../../state/toast.ts'
import { toUserError } from '../../state/user-error.ts'
import { Moment } from '../../ui/Moment.tsx'
import { Failed } from '../../ui/parts.tsx'
import { useLoad } from '../../ui/use-load.ts'

const nameOf = ({ agent, method }: OwnSignIn): string => agent || (method === 'token' ? 'A program' : 'An unknown browser')

/** Where one is signed in, and the way to end it. */
export function OwnSignIns() {
  const [signIns, again] = useLoad(listSignIns)
  const end = async (work: Promise<void>, words: string) => {
    try {
      await work
      showToast(words)
    } catch (error) {
      const { title, detail } = toUserError(error)
      showToast(`${title}. ${detail}`, 'error')
    }
    await again()
  }
  const others = signIns.kind === 'ready' && signIns.value.some(({ current }) => !current)
  return (
    <section className="admin-section" aria-busy={signIns.kind === 'loading'}>
      <h2>Where you are signed in</h2>
      <p className="admin-lead">Something here that you do not know? End it, and set up a second factor. It is out within two seconds.</p>
      {signIns.kind === 'failed' && <Failed trouble={signIns.trouble} again={() => void again()} />}
      {signIns.kind === 'ready' && (
        <ul className="admin-list sign-ins" data-testid="sign-ins">
          {signIns.value.map((signIn) => (
            <li key={signIn.id}>
              <div className="admin-row-main">
                <strong>{nameOf(signIn)}</strong>
                {signIn.current && <span className="tag">this browser</span>}
                {signIn.method === 'token' && <span className="tag">API token</span>}
              </div>
              <div className="admin-row-facts">
                <span>
                  signed in <Moment at={signIn.created_at} />
                </span>
                <span>{signIn.mfa ? 'with a second factor' : 'without a second factor'}</span>
              </div>
              {!signIn.current && (
                <button
                  type="button"
                  className="button small"
                  onClick={() => void end(endSignIn(signIn.id), `${nameOf(signIn)} is signed out`)}
                  aria-label={`Sign out ${nameOf(signIn)}`}
                >
                  Sign out
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {others && (
        <div className="admin-actions">
          <button
            type="button"
            className="button"
            onClick={() => void end(endOtherSignIns(), 'Signed out everywhere else')}
            data-testid="end-others"
          >
            Sign out everywhere else
          </button>
        </div>
      )}
    </section>
  )
}
