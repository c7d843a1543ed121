/**
 * One reading for all requests within a short time: pages that reconnect together after a restart ask the same at the
 * same moment. A failure is shared with those who wait for it, but not with later requests.
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
