import { Calculator, CalendarDays, History, Lightbulb } from 'lucide-react'

/** Four first messages, each showing something the assistant can do without any network. */
const starters = [
  { Icon: Lightbulb, title: 'What can you do?', text: 'What can you help me with?' },
  { Icon: Calculator, title: 'Work something out', text: 'What is (1249 * 12 - 830) / 7?' },
  { Icon: CalendarDays, title: 'Count the days', text: 'How many days are there from today until 31 December?' },
  {
    Icon: History,
    title: 'Remember and recall',
    text: 'Remember: the reading room is booked on Thursday at 15:00. What did I say?',
  },
] as const

export const Starters = ({ onPick }: { readonly onPick: (text: string) => void }) => (
  <div className="starters" data-testid="empty-state">
    <h2>What are you working on?</h2>
    <p>Every word is kept as it is said: refresh, switch tabs or go offline, and carry on where you were.</p>
    <ul>
      {starters.map(({ Icon, title, text }) => (
        <li key={title}>
          <button type="button" onClick={() => onPick(text)} data-testid="starter">
            <strong>
              <Icon aria-hidden />
              {title}
            </strong>
            <span>{text}</span>
          </button>
        </li>
      ))}
    </ul>
  </div>
)
