/** How a state is meant: all is well, something moves, it rests, somebody should look, something is wrong. */
export type Tone = 'good' | 'busy' | 'quiet' | 'warn' | 'bad';

/** What is said about something, and how it is meant. */
export interface Saying {
  readonly text: string;
  readonly tone: Tone;
}
