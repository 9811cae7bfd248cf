// SPDX-License-Identifier: Apache-2.0
package cose.loyalty;

import javacard.framework.Shareable;

/** What a loyalty card offers to the applets of shops on the same card. */
public interface Loyalty extends Shareable {
    /** Adds what a purchase earns. Only shops may. */
    void earn(short purchase);

    /** Takes points for a reward: false and no change if there are not as many. */
    boolean redeem(short points);

    short getPoints();
}
