import type { context as english } from '../en/context.ts'
import { formatNumber } from '../format.ts'
import type { Translation } from '../translation.ts'

export const context: Translation<typeof english> = {
  title: 'Was das Modell sieht',
  text: 'Die Teile der nächsten Anfrage, in ihrer Reihenfolge. Die Zahlen der Token sind geschätzt.',
  model: ({ model, room }) => `Das Modell „${model}“ hat Platz für ${room} Token der Anfrage.`,
  window: ({ tokens, answer }) => `Sein Fenster hat ${tokens} Token, davon ${answer} für die Antwort.`,
  unknownWindow: 'Sein Fenster ist unbekannt, daher gilt ein sicherer Wert. Administratoren können es im Modellprofil angeben.',
  unexplained: 'Die Teile können gerade nicht gezeigt werden. Bitte später noch einmal versuchen.',
  empty: 'Noch nichts. Die nächste Nachricht ist der erste Teil.',
  used: ({ used, room }) => `${used} von ${room} Token belegt`,
  tokens: ({ count }) => `${formatNumber(count)} Token`,
  kinds: {
    preamble: 'Anweisungen des Arbeitsbereichs',
    persona: 'Rolle',
    user_instructions: 'Eigene Anweisungen',
    tools: 'Beschreibungen der Werkzeuge',
    memories: 'Erinnerungen',
    summary: 'Zusammenfassung früherer Runden',
    history: 'Frühere Nachrichten',
    tool_results: 'Werkzeugaufrufe und Ergebnisse',
    attachments: 'Anhänge',
    message: 'Letzte Nachricht',
  },
  reasons: {
    required: 'Immer enthalten',
    fits: 'Enthalten',
    shortened: 'Teilweise enthalten',
    no_room: 'Ausgelassen: kein Platz',
    slow: 'Ausgelassen: das Gedächtnis brauchte zu lange',
    unavailable: 'Ausgelassen: das Gedächtnis ist nicht erreichbar',
    denied: 'Ausgelassen: die Richtlinie verbietet es',
  },
}
