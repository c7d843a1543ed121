/**
 * One reading for all who ask within a short time: pages that come back together after a restart ask the same at the same moment.
 * A failure is shared with those who wait for it, and with nobody later.
 */
export function shareAnswers<Answer>(
  read: (key: string) => Promise<Answer>,
  forMs: number,
): (key: string) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = read(key);
    answers.set(key, answer);
    const forget = () => answers.delete(key);
    answer.then(() => setTimeout(forget, forMs).unref(), forget);
    return answer;
  };
}
