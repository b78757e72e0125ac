import { ShieldCheck, ShieldX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type ChainHead, ChainVerifier } from '../../../../shared/audit/chain.ts'
import { toUserError } from '../../state/user-error.ts'
import { auditLines } from '../policy/policy-api.ts'

type Verification =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly seq: number }
  | { readonly kind: 'valid'; readonly link: ChainHead; readonly start: ChainHead }
  | { readonly kind: 'broken'; readonly detail: string }

const numberFormat = new Intl.NumberFormat()
/** Entries between two progress updates. */
const progressStep = 500

/** Verifies the hash chain in the browser, over the exported entries. */
export function AuditChain({ head }: { readonly head: ChainHead }) {
  const [verification, setVerification] = useState<Verification>({ kind: 'idle' })
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])

  const verify = async () => {
    const controller = new AbortController()
    running.current = controller
    setVerification({ kind: 'running', seq: 0 })
    try {
      const chain = new ChainVerifier()
      let sawHead = head.seq === 0
      for await (const line of auditLines(controller.signal)) {
        const violation = chain.next(line)
        const { head: link } = chain
        if (violation !== null) return setVerification({ kind: 'broken', detail: `Entry ${link.seq + 1} ${violation}.` })
        if (link.seq === head.seq) {
          sawHead = true
          if (link.hash !== head.hash) return setVerification({ kind: 'broken', detail: `Entry ${link.seq} was changed.` })
        }
        if (link.seq % progressStep !== 0) continue
        setVerification({ kind: 'running', seq: link.seq })
        // Yields to the event loop, so that the page stays responsive.
        await new Promise((resolve) => setTimeout(resolve))
      }
      const { head: link, start } = chain
      const violation = chain.end()
      if (violation !== null) return setVerification({ kind: 'broken', detail: `It ${violation}.` })
      setVerification(
        sawHead
          ? { kind: 'valid', link, start }
          : { kind: 'broken', detail: `The chain ends at entry ${link.seq}, but the trail had ${head.seq}.` },
      )
    } catch (error) {
      if (!controller.signal.aborted)
        setVerification({ kind: 'broken', detail: `The trail could not be read: ${toUserError(error).detail}` })
    }
  }
  return (
    <div className={`audit-chain ${verification.kind}`}>
      {verification.kind === 'broken' ? <ShieldX aria-hidden /> : <ShieldCheck aria-hidden />}
      <p role="status" data-testid="chain">
        {statusText(verification, head)}
      </p>
      <button
        type="button"
        className="button small"
        disabled={verification.kind === 'running'}
        onClick={() => void verify()}
        data-testid="verify"
      >
        Verify
      </button>
    </div>
  )
}

function statusText(verification: Verification, head: ChainHead): string {
  switch (verification.kind) {
    case 'idle':
      return `${numberFormat.format(head.seq)} entries. Their chain was not verified yet.`
    case 'running':
      return `Verifying… ${numberFormat.format(verification.seq)} of ${numberFormat.format(head.seq)}`
    case 'valid':
      return `Verified ${numberFormat.format(verification.link.seq - verification.start.seq)} entries${verification.start.seq > 0 ? `; ${numberFormat.format(verification.start.seq)} before them were pruned` : ''}. The last hash is ${verification.link.hash.slice(0, 12)}…`
    case 'broken':
      return `The chain is broken. ${verification.detail}`
  }
}
