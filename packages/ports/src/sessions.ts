import type { ContainerId, HeldSession } from '@ds01/contracts';
import type { EngineSession, TerminalSize } from './engine.ts';

/** Whose session it is, and where it runs. */
export interface SessionPlace {
  readonly containerId: ContainerId;
  /** The owner's. */
  readonly uid: number;
}

/**
 * Sessions at terminals that outlive the connection of whoever opened them, as long as this process
 * lives. Ids are those of {@link HeldSession}, per container.
 */
export interface SessionKeeper {
  /**
   * Holds room for one more until the function that it gives is called. Fails with
   * `session.too-many` when no further one may be kept there.
   */
  admit(place: SessionPlace): () => void;
  /**
   * Keeps a session at a terminal, and gives a connection with it: closing that one leaves the
   * session alone. What ended or was lost in this container is forgotten: who opens another one was
   * told.
   */
  keep(
    session: EngineSession,
    place: SessionPlace & {
      readonly command: readonly string[] | null;
      readonly size: TerminalSize | null;
    },
  ): EngineSession;
  /**
   * A connection with a session at a terminal that nobody will go back to: when it is closed the
   * process may print on. Above a number of such the engine's connection is closed, too.
   */
  accompany(
    session: EngineSession,
    place: SessionPlace & { readonly size: TerminalSize | null },
  ): EngineSession;
  /** Those of a container, oldest first. */
  list(containerId: ContainerId): readonly HeldSession[];
  /**
   * Connects again: the output begins with what makes the terminal look as it was left. Fails with
   * `session.not-found`, and with `session.attached` unless `takeOver` ends the other connection
   * (with `session.taken-over`).
   */
  resume(
    place: Pick<SessionPlace, 'containerId'> & { readonly id: string },
    options: { readonly size: TerminalSize | null; readonly takeOver: boolean },
  ): EngineSession;
}
