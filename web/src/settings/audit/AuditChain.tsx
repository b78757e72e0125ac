import { ShieldCheck, ShieldX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type ChainHead, ChainVerifier } from '../../../../shared/audit/chain.ts'
import { toUserError } from '../../state/user-error.ts'
import { formatNumber } from '../../strings/format.ts'
import { settingsAudit } from '../../strings/settings-audit.ts'
import { auditLines } from '../policy/policy-api.ts'

type Verification =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly seq: number }
  | { readonly kind: 'valid'; readonly link: ChainHead; readonly start: ChainHead }
  | { readonly kind: 'broken'; readonly detail: string }

/** Entries between two progress updates. */
const progressStep = 500

/** Verifies the hash chain in the browser, over the exported entries. */
export function AuditChain({ head }: { readonly head: ChainHead }) {
  const texts = settingsAudit.chain
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
        if (violation !== null)
          return setVerification({ kind: 'broken', detail: texts.brokenAt({ seq: link.seq + 1, problem: violation }) })
        if (link.seq === head.seq) {
          sawHead = true
          if (link.hash !== head.hash) return setVerification({ kind: 'broken', detail: texts.changed({ seq: link.seq }) })
        }
        if (link.seq % progressStep !== 0) continue
        setVerification({ kind: 'running', seq: link.seq })
        // Yields to the event loop, so that the page stays responsive.
        await new Promise((resolve) => setTimeout(resolve))
      }
      const { head: link, start } = chain
      const violation = chain.end()
      if (violation !== null) return setVerification({ kind: 'broken', detail: texts.badStart({ problem: violation }) })
      setVerification(
        sawHead ? { kind: 'valid', link, start } : { kind: 'broken', detail: texts.tooShort({ end: link.seq, head: head.seq }) },
      )
    } catch (error) {
      if (!controller.signal.aborted) setVerification({ kind: 'broken', detail: texts.unreadable({ error: toUserError(error).detail }) })
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
        {texts.verifyButton}
      </button>
    </div>
  )
}

function statusText(verification: Verification, head: ChainHead): string {
  const texts = settingsAudit.chain
  switch (verification.kind) {
    case 'idle':
      return texts.notVerified({ count: head.seq, shown: formatNumber(head.seq) })
    case 'running':
      return texts.verifying({ done: formatNumber(verification.seq), total: formatNumber(head.seq) })
    case 'valid': {
      const { link, start } = verification
      const verified = { count: formatNumber(link.seq - start.seq), hash: link.hash.slice(0, 12) }
      return start.seq > 0 ? texts.verifiedPruned({ ...verified, pruned: formatNumber(start.seq) }) : texts.verified(verified)
    }
    case 'broken':
      return texts.broken({ reason: verification.detail })
  }
}
