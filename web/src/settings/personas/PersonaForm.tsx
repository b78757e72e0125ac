import { useState } from 'react'
import type { PersonaView } from '../../../../shared/api/personas.ts'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { personaLimits as limits } from '../../../../shared/persona/persona-limits.ts'
import { unknownValue } from '../../../../shared/persona/template.ts'
import { ApprovalRule, approvalRules } from '../../../../shared/tool/approval-rule.ts'
import { useIsAdmin } from '../../state/me.ts'
import { formatNumber } from '../../strings/format.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsPersonas } from '../../strings/settings-personas.ts'
import { settingsTools } from '../../strings/settings-tools.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { InstructionsField } from './InstructionsField.tsx'
import { draftOf, type PersonaDraft, personaOf, responseFormatOf, startersOf, type TextField } from './persona-draft.ts'
import { createPersona, putPersona } from './personas-api.ts'

const schemaExample = JSON.stringify({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] })

interface Props {
  readonly view: SettingsView
  /** Null for a new persona. */
  readonly persona: PersonaView | null
  readonly onDone: (persona: PersonaView) => void
  readonly onCancel: () => void
  /** Loads the stored persona again. */
  readonly onReload?: () => void
}

/** Creates or changes a persona. */
export function PersonaForm({ view, persona, onDone, onCancel, onReload }: Props) {
  const texts = settingsPersonas.form
  const { currency } = view.settings.budgets
  const isAdmin = useIsAdmin()
  const [draft, setDraft] = useState(() => draftOf(persona ?? undefined))
  const { busy, error, run } = useAction()
  const change = (fields: Partial<PersonaDraft>) => setDraft((before) => ({ ...before, ...fields }))
  const set = (field: TextField) => (event: { readonly currentTarget: { readonly value: string } }) =>
    change({ [field]: event.currentTarget.value })
  const starters = startersOf(draft)
  const startersProblem =
    starters.length > limits.starters
      ? texts.tooManyStarters({ count: formatNumber(limits.starters) })
      : starters.some((starter) => starter.length > limits.starterUnits)
        ? texts.longStarter({ units: formatNumber(limits.starterUnits) })
        : null
  const isSchema = responseFormatOf(draft) !== undefined
  const isValid = startersProblem === null && isSchema && unknownValue(draft.instructions) === undefined
  const input = (field: TextField, label: string, hint: string, attributes: Record<string, unknown> = {}, wide = false) => (
    <Field label={label} hint={hint} wide={wide}>
      {(ids) => <input {...ids} value={draft[field]} onChange={set(field)} autoComplete="off" {...attributes} />}
    </Field>
  )
  const number = (field: TextField, label: string, hint: string, attributes: Record<string, unknown> = {}) =>
    input(field, label, hint, { type: 'number', min: 0, step: 'any', inputMode: 'decimal', ...attributes })
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      const fields = personaOf(draft)
      const saved =
        persona === null
          ? await createPersona({ ...fields, ...(draft.id !== '' && { id: draft.id }) })
          : await putPersona(persona.id, { ...fields, version: persona.version })
      onDone(saved)
    })
  }
  // A profile that was removed stays until another one is chosen.
  const profiles = new Set([...Object.keys(view.settings.models).sort(), ...(draft.model === '' ? [] : [draft.model])])
  return (
    <form onSubmit={save} data-testid="persona-form">
      <div className="form-fields">
        {input('name', texts.name, texts.nameHint, { required: true, maxLength: limits.nameUnits, autoFocus: true })}
        {persona === null &&
          input('id', texts.id, texts.idHint, { pattern: '[A-Za-z0-9][A-Za-z0-9_.\\-]{0,63}', maxLength: 64, spellCheck: false })}
        <Field label={texts.visibility} hint={isAdmin ? texts.visibilityHint : texts.visibilityMemberHint}>
          {(ids) => (
            <select
              {...ids}
              value={draft.visibility}
              disabled={!isAdmin}
              onChange={(event) => change({ visibility: event.currentTarget.value === 'workspace' ? 'workspace' : 'owner' })}
            >
              <option value="owner">{texts.forMe}</option>
              <option value="workspace">{texts.forWorkspace}</option>
            </select>
          )}
        </Field>
        {input('description', texts.description, texts.descriptionHint, { maxLength: limits.descriptionUnits }, true)}
        <InstructionsField label={texts.instructions} value={draft.instructions} onChange={(instructions) => change({ instructions })} />
        <Field label={texts.model} hint={texts.modelHint}>
          {(ids) => (
            <select {...ids} value={draft.model} onChange={set('model')}>
              <option value="">{texts.workspaceModel}</option>
              {[...profiles].map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        {number('temperature', texts.temperature, texts.temperatureHint, { max: 2 })}
        <Field label={texts.tools} hint={texts.toolsHint}>
          {(ids) => (
            <select
              {...ids}
              value={draft.tools}
              onChange={({ currentTarget: { value } }) => change({ tools: value === 'none' || value === 'some' ? value : 'all' })}
            >
              <option value="all">{texts.allTools}</option>
              <option value="some">{texts.someTools}</option>
              <option value="none">{texts.noTools}</option>
            </select>
          )}
        </Field>
        {draft.tools === 'some' && input('toolNames', texts.toolNames, texts.toolNamesHint, { required: true, spellCheck: false })}
        {draft.tools !== 'none' && (
          <Field label={settingsTools.form.approval} hint={texts.approvalHint}>
            {(ids) => (
              <select
                {...ids}
                value={draft.approval}
                data-testid="persona-approval"
                onChange={({ currentTarget: { value } }) => change({ approval: ApprovalRule.parse(value) })}
              >
                {approvalRules.map((rule) => (
                  <option key={rule} value={rule}>
                    {rule === 'never' ? texts.workspaceApproval : settingsTools.rules[rule]}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field label={texts.memory} hint={texts.memoryHint}>
          {(ids) => (
            <select
              {...ids}
              value={draft.memory}
              onChange={({ currentTarget: { value } }) => change({ memory: value === 'off' ? 'off' : 'on' })}
            >
              <option value="on">{texts.memoryOn}</option>
              <option value="off">{texts.memoryOff}</option>
            </select>
          )}
        </Field>
      </div>
      <details className="disclosure" open={persona !== null}>
        <summary>{texts.more}</summary>
        <div className="form-fields">
          <Field label={texts.greeting} hint={texts.greetingHint} wide>
            {(ids) => (
              <textarea {...ids} rows={2} dir="auto" maxLength={limits.greetingUnits} value={draft.greeting} onChange={set('greeting')} />
            )}
          </Field>
          <Field label={texts.starters} hint={startersProblem ?? texts.startersHint({ count: formatNumber(limits.starters) })} wide>
            {(ids) => (
              <textarea
                {...ids}
                rows={4}
                dir="auto"
                value={draft.starters}
                aria-invalid={startersProblem !== null}
                onChange={set('starters')}
              />
            )}
          </Field>
          <Field label={texts.answerSchema} hint={isSchema ? texts.answerSchemaHint : texts.answerSchemaProblem} wide>
            {(ids) => (
              <textarea
                {...ids}
                rows={4}
                spellCheck={false}
                placeholder={schemaExample}
                value={draft.answerSchema}
                aria-invalid={!isSchema}
                onChange={set('answerSchema')}
              />
            )}
          </Field>
          {number('tokens', texts.tokens, texts.budgetHint, { step: 1, max: 1e12, inputMode: 'numeric' })}
          {number('money', texts.money({ currency }), texts.budgetHint, { max: 1e6 })}
        </div>
      </details>
      <ErrorNotice error={error} {...(onReload && { retry: onReload, retryLabel: shared.buttons.loadAgain })} />
      <div className="form-actions">
        <button type="button" className="button" onClick={onCancel}>
          {shared.buttons.cancel}
        </button>
        <button type="submit" className="button primary" disabled={busy || !isValid} data-testid="save-persona">
          {busy ? shared.buttons.saving : texts.saveButton}
        </button>
      </div>
    </form>
  )
}
