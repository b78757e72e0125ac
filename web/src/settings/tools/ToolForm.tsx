import { useState } from 'react'
import type { CatalogEntryView } from '../../../../shared/api/tools.ts'
import { approvalRules } from '../../../../shared/tool/approval-rule.ts'
import { formatNumber } from '../../strings/format.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsTools } from '../../strings/settings-tools.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { roleOrder } from '../users/roles.ts'
import { draftOf, entryOf, isApprovalRule, paramsOf, type ToolDraft } from './tool-draft.ts'
import { putTool } from './tools-api.ts'

interface Props {
  readonly tool: CatalogEntryView
  readonly onDone: () => Promise<void>
  readonly onCancel: () => void
  /** Loads the stored entry again. */
  readonly onReload: () => void
}

/** Changes the entry of a tool. An empty field is as the tool declares it. */
export function ToolForm({ tool, onDone, onCancel, onReload }: Props) {
  const { name, declared } = tool
  const texts = settingsTools.form
  const [draft, setDraft] = useState(() => draftOf(tool))
  const { busy, error, run } = useAction()
  const change = (fields: Partial<ToolDraft>) => setDraft((before) => ({ ...before, ...fields }))
  const areParamsValid = paramsOf(draft.params) !== null
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    const entry = entryOf(draft, tool)
    if (entry === null) return
    void run(async () => {
      await putTool(name, entry)
      await onDone()
    })
  }
  return (
    <form onSubmit={save} data-testid="tool-form" aria-label={texts.label({ name })}>
      <p className="card-row-title tool-form-name">
        <code>{name}</code>
      </p>
      <div className="form-fields">
        <Field label={texts.approval} hint={texts.approvalHint}>
          {(ids) => (
            <select
              {...ids}
              value={draft.approval}
              onChange={({ currentTarget: { value } }) => change({ approval: isApprovalRule(value) ? value : '' })}
            >
              <option value="">{texts.declared({ value: settingsTools.rules[declared.approval] })}</option>
              {approvalRules.map((rule) => (
                <option key={rule} value={rule}>
                  {settingsTools.rules[rule]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={texts.users} hint={texts.usersHint}>
          {(ids) => (
            <select
              {...ids}
              value={draft.users}
              onChange={({ currentTarget: { value } }) => change({ users: value === 'some' ? 'some' : 'everyone' })}
            >
              <option value="everyone">{texts.everyone}</option>
              <option value="some">{texts.some}</option>
            </select>
          )}
        </Field>
        {draft.users === 'some' && (
          <>
            <fieldset className="tool-roles">
              <legend>{texts.roles}</legend>
              {roleOrder.map((role) => (
                <label key={role} className="choice">
                  <input
                    type="checkbox"
                    checked={draft.roles.includes(role)}
                    onChange={({ currentTarget: { checked } }) =>
                      change({ roles: roleOrder.filter((one) => (one === role ? checked : draft.roles.includes(one))) })
                    }
                  />
                  {shared.roles[role]}
                </label>
              ))}
            </fieldset>
            <Field label={texts.subjects} hint={texts.subjectsHint}>
              {(ids) => (
                <textarea
                  {...ids}
                  rows={3}
                  spellCheck={false}
                  value={draft.subjects}
                  onChange={(event) => change({ subjects: event.currentTarget.value })}
                />
              )}
            </Field>
          </>
        )}
        <Field label={texts.timeout} hint={texts.declared({ value: formatNumber(declared.limits.timeout_ms / 1_000) })}>
          {(ids) => (
            <input
              {...ids}
              type="number"
              min={0.1}
              max={600}
              step="any"
              value={draft.timeoutSeconds}
              onChange={(event) => change({ timeoutSeconds: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={texts.output} hint={texts.declared({ value: formatNumber(declared.limits.output_units) })}>
          {(ids) => (
            <input
              {...ids}
              type="number"
              min={100}
              max={65_536}
              value={draft.outputUnits}
              onChange={(event) => change({ outputUnits: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={texts.scopes} hint={texts.scopesHint({ value: declared.scopes.join(' ') || texts.noScopes })} wide>
          {(ids) => (
            <input {...ids} spellCheck={false} value={draft.scopes} onChange={(event) => change({ scopes: event.currentTarget.value })} />
          )}
        </Field>
        <Field label={texts.description} hint={texts.descriptionHint} wide>
          {(ids) => (
            <textarea
              {...ids}
              rows={3}
              dir="auto"
              maxLength={1_000}
              placeholder={declared.description}
              value={draft.description}
              onChange={(event) => change({ description: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label={texts.params} hint={areParamsValid ? texts.paramsHint : texts.paramsProblem} wide>
          {(ids) => (
            <textarea
              {...ids}
              rows={3}
              spellCheck={false}
              aria-invalid={!areParamsValid}
              placeholder="{}"
              value={draft.params}
              onChange={(event) => change({ params: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
      <ErrorNotice error={error} retry={onReload} retryLabel={shared.buttons.loadAgain} />
      <div className="form-actions">
        <button type="button" className="button" onClick={onCancel}>
          {shared.buttons.cancel}
        </button>
        <button type="submit" className="button primary" disabled={busy || !areParamsValid} data-testid="save-tool">
          {busy ? shared.buttons.saving : shared.buttons.save}
        </button>
      </div>
    </form>
  )
}
