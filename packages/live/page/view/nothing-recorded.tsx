/** Explains how to record a system, when none is recorded yet. */
export function NothingRecorded() {
  return (
    <section class="nothing-recorded" data-testid="nothing-recorded">
      <h2>No system is recorded yet</h2>
      <p>Find a bike-share system, and record it. It appears here within seconds.</p>
      <pre>
        npx velolog systems search oslo{'\n'}
        npx velolog systems add oslobysykkel
      </pre>
      <p>Without network, a simulated city shows how everything looks:</p>
      <pre>npm run demo</pre>
    </section>
  );
}
