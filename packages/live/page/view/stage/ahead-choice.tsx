import { AHEAD_MINUTES } from '../../model/url-state.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';

/**
 * The present state, or the chance of a bike on arrival. What is likely soon is a question about the present: at a replayed moment and in an
 * archive there is no choice.
 */
export function AheadChoice({ label, present }: { label: string; present: string }) {
  if (state.replaying.value || state.archiveEndMs.value !== null) return null;
  return (
    <label class="ahead-choice">
      <span class="visually-hidden">{label}</span>
      <select
        value={`${urlState.value.ahead ?? ''}`}
        onChange={({ currentTarget }) =>
          changeUrl({
            ahead: AHEAD_MINUTES.find((minutes) => `${minutes}` === currentTarget.value) ?? null,
          })
        }
      >
        <option value="">{present}</option>
        {AHEAD_MINUTES.map((minutes) => (
          <option key={minutes} value={`${minutes}`}>
            A bike in {minutes} min
          </option>
        ))}
      </select>
    </label>
  );
}
