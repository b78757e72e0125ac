import './limits.css'
import type { Budget } from '../../../../shared/api/budgets.ts'
import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { formatList, formatMoney } from '../../strings/format.ts'
import { settingsLimits } from '../../strings/settings-limits.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { formatTime } from '../../ui/format-date.ts'
import { Page } from '../../ui/Page.tsx'
import { ReadOnlyNotice } from '../../ui/ReadOnlyNotice.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { Changes } from '../Changes.tsx'
import { getBudgets, getSettings } from '../settings-api.ts'
import { BudgetForm } from './BudgetForm.tsx'
import { RatesForm } from './RatesForm.tsx'
import { UploadsForm } from './UploadsForm.tsx'
import { Usage } from './Usage.tsx'
import { UsageHistory } from './UsageHistory.tsx'

const hasLimit = ({ tokens, money }: Budget): boolean => tokens.limit > 0 || money.limit > 0

/** Shows today's usage, and sets daily budgets and request rates. */
export default function LimitsPage() {
  const { page, today: texts, history } = settingsLimits
  const today = useLoad(getBudgets)
  const settings = useLoad(getSettings)
  const done = async (text: string) => {
    await Promise.all([settings.reload(), today.reload()])
    showToast(text)
    announce(text)
  }
  return (
    <Page title={page.title} lead={page.lead}>
      <ReadOnlyNotice />
      <Card
        title={texts.title}
        action={
          <button type="button" className="button small" onClick={() => void today.reload()}>
            {texts.refreshButton}
          </button>
        }
      >
        <Async load={today}>
          {({ tenant, personas, users = [], currency, resets_at, unpriced }) => (
            <div className="usage">
              <Usage name={texts.everyone} budget={tenant} currency={currency} />
              {personas.map((persona) => (
                <Usage key={persona.persona_id} name={texts.persona({ name: persona.persona_id })} budget={persona} currency={currency} />
              ))}
              {users.filter(hasLimit).map((user) => (
                <Usage key={user.subject} name={texts.user({ name: user.subject })} budget={user} currency={currency} />
              ))}
              {unpriced && unpriced.tokens > 0 && (
                <p className="hint" data-testid="unpriced">
                  {texts.unpricedTokens({ count: unpriced.tokens })}{' '}
                  {unpriced.money > 0 ? texts.countedAt({ spend: formatMoney(unpriced.money, currency) }) : texts.notCounted}
                  {unpriced.models.length > 0 && ` ${texts.withoutPrice({ models: formatList(unpriced.models) })}`}
                </p>
              )}
              <p className="hint">{texts.resets({ time: formatTime(resets_at) })}</p>
            </div>
          )}
        </Async>
      </Card>
      {today.value && (
        <Card title={history.title} description={history.text}>
          <UsageHistory report={today.value} />
        </Card>
      )}
      <Async load={settings}>
        {(view) => (
          <>
            <BudgetForm key={`budget-${view.version}`} view={view} onDone={done} onReload={settings.reload} />
            <RatesForm key={`rates-${view.version}`} view={view} onDone={done} onReload={settings.reload} />
            <UploadsForm key={`uploads-${view.version}`} view={view} onDone={done} onReload={settings.reload} />
            <Changes key={`changes-${view.version}`} />
          </>
        )}
      </Async>
    </Page>
  )
}
