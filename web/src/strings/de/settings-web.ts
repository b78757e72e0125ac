import type { settingsWeb as en } from '../en/settings-web.ts'
import type { Translation } from '../translation.ts'

export const settingsWeb: Translation<typeof en> = {
  page: {
    title: 'Web',
    lead: 'Was die Werkzeuge http_fetch und web_search im Internet erreichen dürfen. Private Adressen werden immer abgelehnt.',
  },
  search: {
    title: 'Websuche',
    text: 'Welche Suchmaschine web_search beantwortet. Ohne sie meldet das Werkzeug, dass keine eingerichtet ist.',
    engine: 'Suchmaschine',
    address: 'Adresse',
    addressHint: 'Ihres SearXNG-Servers. Seine Einstellungen müssen das Format json erlauben.',
    braveAddressHint: 'Leer: https://api.search.brave.com',
    credential: 'Schlüssel',
    credentialHint: 'Der Name eines Schlüssels aus {link}.',
    secretsLink: 'Geheimnisse',
    noKey: 'Noch kein Schlüssel mit diesem Namen.',
    saveButton: 'Suchmaschine speichern',
    savedNotice: 'Suchmaschine gespeichert',
  },
  engines: { none: 'Keine', searxng: 'SearXNG', brave: 'Brave Search' },
  access: {
    title: 'Hosts, die http_fetch lesen darf',
    text: 'Ein Host je Zeile, etwa example.com oder *.example.com. Mit Port: nur dieser Port.',
    allow: 'Nur diese Hosts',
    allowHint: 'Leer: jeder öffentliche Host, auf den Ports 80 und 443.',
    deny: 'Nie diese Hosts',
    denyHint: 'Sie werden auch dann abgelehnt, wenn sie oben erlaubt sind.',
    saveButton: 'Hosts speichern',
    savedNotice: 'Hosts gespeichert',
  },
}
