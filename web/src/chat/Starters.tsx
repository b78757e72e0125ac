import { Calculator, CalendarDays, History, Lightbulb } from 'lucide-react'

/** Four first messages that the builtin responder can answer. The last one sends two. */
const starters = [
  { Icon: Lightbulb, title: 'See what it can do', shown: 'What can you do?', texts: ['What can you do?'] },
  { Icon: Calculator, title: 'Work something out', shown: 'What is (1249 * 12 - 830) / 7?', texts: ['What is (1249 * 12 - 830) / 7?'] },
  { Icon: CalendarDays, title: 'Count the days', shown: 'How many days until 31 December?', texts: ['How many days until 31 December?'] },
  {
    Icon: History,
    title: 'Recall what you said',
    shown: 'Note a booking, then ask for it back',
    texts: ['The reading room is booked on Thursday at 15:00.', 'What did I say about the reading room?'],
  },
] as const

export const Starters = ({ onPick }: { readonly onPick: (texts: readonly string[]) => void }) => (
  <div className="starters" data-testid="empty-state">
    <h2>What are you working on?</h2>
    <p>Refresh, switch tabs or go offline: you continue where you were.</p>
    <ul>
      {starters.map(({ Icon, title, shown, texts }) => (
        <li key={title}>
          <button type="button" onClick={() => onPick(texts)} data-testid="starter">
            <strong>
              <Icon aria-hidden />
              {title}
            </strong>
            <span>{shown}</span>
          </button>
        </li>
      ))}
    </ul>
  </div>
)
