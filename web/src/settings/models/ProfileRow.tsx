import { CircleAlert, CircleCheck, LoaderCircle } from 'lucide-react'
import { useState } from 'react'
import type { EndpointStates } from '../../../../shared/api/models.ts'
import type { ProbeResult, SettingsView } from '../../../../shared/api/settings.ts'
import { announce } from '../../state/announce.ts'
import { formatNumber } from '../../strings/format.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsModels } from '../../strings/settings-models.ts'
import { ConfirmButton } from '../../ui/ConfirmButton.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { removeProfile, tryProfile } from '../settings-api.ts'
import { windowFacts } from './model-facts.ts'

interface Props {
  readonly name: string
  readonly view: SettingsView
  /** The circuit breaker of its endpoint. Undefined: not known. */
  readonly endpoint: EndpointStates['endpoints'][number] | undefined
  readonly onEdit: () => void
  readonly onRemoved: () => void
}

/** One profile: its model and key, and the result of a test call. */
export function ProfileRow({ name, view, endpoint, onEdit, onRemoved }: Props) {
  const texts = settingsModels.row
  const { busy, error, run } = useAction()
  const [result, setResult] = useState<ProbeResult | null>(null)
  const profile = view.settings.models[name]
  if (profile === undefined) return null
  const { chat } = view.settings
  const window = windowFacts(profile)
  const isKeyMissing = profile.credential !== undefined && !view.credentials.some(({ provider }) => provider === profile.credential)
  const test = () =>
    run(async () => {
      setResult(null)
      const result = await tryProfile(name)
      setResult(result)
      announce(`${name}: ${result.ok ? texts.works : texts.worksNot}. ${result.detail}`)
    })
  const remove = () =>
    run(async () => {
      await removeProfile(name)
      onRemoved()
    })
  return (
    <li className="card-row" data-testid={`profile-${name}`}>
      <div>
        <p className="card-row-title">
          <strong>{name}</strong>
          {chat.profile === name && <span className="tag accent">{texts.answersTag}</span>}
          {chat.fallback === name && <span className="tag">{texts.fallbackTag}</span>}
        </p>
        <p className="card-row-detail">
          {profile.provider === 'builtin'
            ? texts.builtin
            : texts.modelAt({ model: profile.model ?? '', host: hostOf(profile.base_url) ?? texts.unknownHost })}
          {profile.credential !== undefined && ` · ${texts.withKey({ key: profile.credential })}`}
          {isKeyMissing && <span className="warn"> ({texts.keyNotSet})</span>}
          {window !== null && ` · ${window}`}
        </p>
        {endpoint && endpoint.state !== 'closed' && (
          <p className="card-row-detail warn" data-testid={`breaker-${name}`}>
            {endpoint.state === 'open'
              ? texts.notCalled({ seconds: formatNumber(Math.ceil(endpoint.retry_ms / 1_000)) })
              : texts.triesAgain}
          </p>
        )}
      </div>
      <div className="card-row-actions">
        <button type="button" className="button small" onClick={() => void test()} disabled={busy} data-testid={`test-${name}`}>
          {texts.testButton}
        </button>
        <button type="button" className="button small" onClick={onEdit} disabled={busy}>
          {texts.editButton}
        </button>
        <ConfirmButton
          label={shared.buttons.remove}
          confirmLabel={shared.buttons.reallyRemove}
          onConfirm={() => void remove()}
          disabled={busy}
        />
      </div>
      {busy && (
        <p className="probe-result">
          <LoaderCircle aria-hidden className="spin" /> {texts.testing}
        </p>
      )}
      {result && !busy && (
        <p className="probe-result" data-ok={result.ok} data-testid={`result-${name}`}>
          {result.ok ? <CircleCheck aria-label={texts.works} /> : <CircleAlert aria-label={texts.worksNot} />}
          <span>
            {result.detail} <span className="number">{texts.milliseconds({ ms: formatNumber(result.ms) })}</span>
          </span>
        </p>
      )}
      {result?.models && !busy && (
        <details className="probe-models">
          <summary>{texts.modelsHere({ count: result.models.length })}</summary>
          <p>{result.models.join(', ')}</p>
        </details>
      )}
      <ErrorNotice error={error} />
    </li>
  )
}

const hostOf = (address: string | undefined): string | undefined => URL.parse(address ?? '')?.host
