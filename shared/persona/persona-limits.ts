/** The bounds of personas. Lengths are in UTF-16 units. */
export const personaLimits = {
  /** Personas of one workspace. */
  personas: 200,
  nameUnits: 80,
  descriptionUnits: 500,
  /** One template of instructions. */
  instructionUnits: 32_000,
  /** A user's own instructions. */
  ownInstructionUnits: 4_000,
  tools: 64,
  toolUnits: 64,
  starters: 6,
  starterUnits: 300,
  greetingUnits: 1_000,
} as const
