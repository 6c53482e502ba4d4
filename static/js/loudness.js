// How loud a microphone is.

// level(): how loud it is now, 0 to 1.
export function listenTo(stream) {
  const context = new AudioContext();
  const analyser = Object.assign(context.createAnalyser(), { fftSize: 512 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  const level = () => {
    analyser.getByteTimeDomainData(samples);
    return Math.min(1, Math.max(...samples.map((each) => Math.abs(each - 128))) / 90);
  };
  return { level, close: () => context.close() };
}
