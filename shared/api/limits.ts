/** Limits that the API states. Each has a test. */

/** The limits by name. Each name ends in its unit. */
export const limits = {
  /** UTF-16 units of one message. */
  messageUnits: 32_000,
  metadataPairs: 50,
  metadataBytes: 8_192,
  bodyBytes: 1_000_000,
  /** Bytes of one import, and of one call of a restore: what one call to an object carries. */
  importBytes: 25_000_000,
  /** Sessions in one import. */
  importSessions: 100,
  /** Imports, exports, forks and parts of backups that a user runs at a time. */
  heavyRequests: 2,
  /** Requests of a tenant that try a policy or a constitution, or explain a decision, at a time. */
  tenantTrials: 4,
  /** Sessions of other users in one list. Each costs a check of relations. */
  sharedSessions: 30,
  /** Events of one imported session. */
  importEvents: 100_000,
  /** The size of one step of an import, and of one call to an object. Events, and UTF-16 units of their texts. */
  importStepEvents: 250,
  importStepUnits: 262_144,
  /** UTF-16 units of one reason in words. */
  reasonUnits: 4_000,
  /** Turns that can wait behind the running one. */
  queuedTurns: 20,
  /** UTF-16 units of one item. A longer item is cut and marked `truncated`. */
  itemUnits: 262_144,
  /** UTF-16 units of the reasoning that one turn records. The rest is dropped, and the item is marked `truncated`. */
  reasoningUnits: 131_072,
  /** Readers of one session. */
  readers: 500,
  /** Open streams of one subject in one session. The session reserves as many of its slots for its owner. */
  subjectReaders: 20,
  /** Open streams of one subject in all sessions of the tenant. */
  subjectStreams: 100,
  /** Bytes that a WebSocket client may leave unacknowledged. */
  unacknowledgedBytes: 262_144,
  /** The longest wait for the end of a turn, and the default of a request that waits. Milliseconds. Under the usual 60 s of proxies. */
  waitMs: 55_000,
  defaultWaitMs: 30_000,
  pageEvents: 500,
  pageBytes: 1_048_576,
  /** A page of a history holds at most this many UTF-16 units as stored, or one larger turn. Each turn counts a fixed part of them, too. */
  historyUnits: 2_097_152,
  /** Turns of one page of the branches. */
  pageTurns: 5_000,
  titleUnits: 200,
  /** How long a deleted session can be restored. Milliseconds: 30 days. */
  trashMs: 2_592_000_000,
  /** Sessions that are deleted at once are erased over this time. Milliseconds. */
  eraseSpreadMs: 3_600_000,
  sessionBytes: 1_000_000_000,
  /** Files of one upload, and attachments of one message. */
  uploadFiles: 10,
  messageAttachments: 10,
  /** Bytes of the body of one upload. Platforms in front may allow less. Larger files need a resumable upload. */
  uploadBytes: 300_000_000,
  fileNameUnits: 255,
  /** How long an attachment without a message is kept, and how long an upload may take. Milliseconds: a day, an hour. */
  unusedAttachmentMs: 86_400_000,
  uploadMs: 3_600_000,
  /** How long an upload waits for the scanner before it returns a file as `pending`. Milliseconds. */
  scanWaitMs: 5_000,
  /** Sessions that share one attachment, by forks. */
  attachmentSessions: 50,
  /** The working folder of one session: files, bytes, and bytes of one file that a tool reads or writes. */
  workdirFiles: 1_000,
  workdirBytes: 100_000_000,
  workdirTextBytes: 1_000_000,
  /** UTF-16 units of a path, and its folders. */
  pathUnits: 400,
  pathFolders: 16,
} as const
