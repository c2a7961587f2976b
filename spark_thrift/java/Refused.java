/** A statement that this server does not run; the message says what and why. */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Refused(String what) {
    super(what, null, false, false);
  }

  @Override
  public String toString() {
    return "refused: " + getMessage();
  }
}
