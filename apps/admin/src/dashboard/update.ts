import type { Key } from './keys.ts';
import {
  containerCursor,
  sortNames,
  viewNames,
  visibleContainers,
  type State,
  type View,
} from './state.ts';

/** The dashboard after a key; `quit` ends it. `page` is how many rows one sees. */
export function pressed(state: State, key: Key, page: number): State | 'quit' {
  if (key === 'ctrl-c') return 'quit';
  if (state.isTyping) return typed(state, key);
  if (state.isHelp) return key === 'q' ? 'quit' : { ...state, isHelp: false };
  if (key === 'q') return state.details === null ? 'quit' : { ...state, details: null, cursor: 0 };
  if (key === '?') return { ...state, isHelp: true };
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    'page-up': -page,
    'page-down': page,
    ' ': page,
    home: -Infinity,
    g: -Infinity,
    end: Infinity,
    G: Infinity,
  };
  const step = steps[key];
  if (step !== undefined) return moved(state, step);
  if (state.details !== null) return inDetails(state, key);
  const view = viewFor(state.view, key);
  if (view !== undefined) return { ...state, view, cursor: 0 };
  return state.view === 'containers' ? inContainers(state, key) : state;
}

/** Everything beyond the last row is the last row; who draws knows how many there are. */
const veryFar = 1_000_000;

function moved(state: State, step: number): State {
  const to = (from: number): number => Math.min(veryFar, Math.max(0, from + step));
  if (state.view !== 'containers' || state.details !== null) {
    return { ...state, cursor: to(state.cursor) };
  }
  const containers = visibleContainers(state);
  const cursor = Math.min(to(containerCursor(state, containers)), containers.length - 1);
  return { ...state, cursor, selected: containers[cursor]?.dockerName ?? null };
}

function viewFor(view: View, key: Key): View | undefined {
  const at = viewNames.indexOf(view);
  const count = viewNames.length;
  if (key === 'tab' || key === 'right' || key === 'l') return viewNames[(at + 1) % count];
  if (key === 'back-tab' || key === 'left' || key === 'h') {
    return viewNames[(at + count - 1) % count];
  }
  return /^[1-9]$/.test(key) ? viewNames[Number(key) - 1] : undefined;
}

function inContainers(state: State, key: Key): State {
  if (key === '/') return { ...state, isTyping: true };
  if (key === 'escape') return { ...state, filter: '', cursor: 0 };
  if (key === 's') {
    const next = (sortNames.indexOf(state.sort) + 1) % sortNames.length;
    return { ...state, sort: sortNames[next] ?? 'name' };
  }
  if (key !== 'enter') return state;
  const containers = visibleContainers(state);
  const chosen = containers[containerCursor(state, containers)];
  if (chosen === undefined) return state;
  const { dockerName } = chosen;
  const details = { dockerName, explanation: null, problem: null };
  return { ...state, selected: dockerName, details, cursor: 0 };
}

function inDetails(state: State, key: Key): State {
  const leaves = ['escape', 'enter', 'backspace', 'left', 'h'].includes(key);
  return leaves ? { ...state, details: null, cursor: 0 } : state;
}

const longestFilter = 60;

function typed(state: State, key: Key): State {
  if (key === 'enter') return { ...state, isTyping: false };
  if (key === 'escape') return { ...state, isTyping: false, filter: '', cursor: 0 };
  if (key === 'backspace')
    return { ...state, filter: Array.from(state.filter).slice(0, -1).join('') };
  const isSign = Array.from(key).length === 1 && state.filter.length < longestFilter;
  return isSign ? { ...state, filter: state.filter + key, cursor: 0 } : state;
}
